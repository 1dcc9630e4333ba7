#include "app/launch/hostfile.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>
#include <vector>

#include "core/config/nearest.h"
#include "core/errors.h"

namespace tandem {
namespace {

// All that Open MPI 4.1 reads beside a host.
const std::vector<std::string> kNumbers = {"slots",   "max_slots", "max-slots", "slots_max", "slots-max", "cpu",
                                           "cpu_max", "cpu-max",   "count",     "count_max", "count-max", "port"};
const std::vector<std::string> kTexts = {"username", "user_name", "user-name"};

std::optional<std::string> mistake_in_name(const std::string& name) {
  const std::size_t colon = name.find(':');
  // With several colons it is an IPv6 address.
  if (colon == name.npos || name.find(':', colon + 1) != name.npos) return std::nullopt;
  return fmt::format("\"{}\" is not how Open MPI states the ranks of a host; write: {} slots={}", name,
                     name.substr(0, colon), name.substr(colon + 1));
}

std::optional<std::string> mistake_in_setting(const std::string& key, const std::string& value) {
  const auto is_one_of = [&](const std::vector<std::string>& keys) {
    return std::ranges::find(keys, key) != keys.end();
  };
  if (is_one_of(kTexts)) return std::nullopt;
  if (!is_one_of(kNumbers)) {
    return fmt::format("Open MPI knows no \"{}\" of a host{}; allowed: slots, max_slots, username, port", key,
                       did_you_mean(key, kNumbers));
  }
  const bool is_number = !value.empty() && value.find_first_not_of("0123456789") == value.npos;
  if (!is_number) return fmt::format("{} must be a whole number, not \"{}\"", key, value);
  return std::nullopt;
}

/// What is wrong with a line that names a host; a comment has been taken off.
std::optional<std::string> mistake_in(const std::string& line) {
  std::string spaced;  // Open MPI takes `slots = 4`, too.
  for (const char c : line) spaced += c == '=' ? std::string(" = ") : std::string(1, c);
  std::istringstream words(spaced);
  std::string name, key, equals, value;
  words >> name;
  if (auto mistake = mistake_in_name(name)) return mistake;
  while (words >> key) {
    if (!(words >> equals) || equals != "=")
      return fmt::format("\"{}\" is no setting of a host; write: NAME slots=4, a host per line", key);
    if (!(words >> value)) value.clear();
    if (auto mistake = mistake_in_setting(key, value)) return mistake;
  }
  return std::nullopt;
}

}  // namespace

void check_hostfile(const std::string& hostfile) {
  std::ifstream file(hostfile);
  if (!file) throw UsageError(fmt::format("--hostfile {}: cannot be read", hostfile));
  std::size_t number = 0;
  bool has_host = false;
  for (std::string line; std::getline(file, line);) {
    ++number;
    const auto refuse = [&](const std::string& mistake) {
      throw UsageError(fmt::format("{}:{}: {}", hostfile, number, mistake));
    };
    if (line.ends_with('\r')) refuse("the line ends as in Windows, by CR and LF, which Open MPI does not read");
    line.resize(std::min(line.size(), line.find('#')));
    if (line.find_first_not_of(" \t") == line.npos) continue;
    has_host = true;
    if (const auto mistake = mistake_in(line)) refuse(*mistake);
  }
  if (!has_host) throw UsageError(fmt::format("{}: names no host; write one per line: node1 slots=4", hostfile));
}

}  // namespace tandem

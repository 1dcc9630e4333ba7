#include "sim/network/platform_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <regex>
#include <sstream>
#include <vector>

#include "core/errors.h"

namespace tandem::sim {
namespace {

struct Tag {
  std::string name;
  std::map<std::string, std::string> attributes;
  std::size_t line = 0;

  std::string value(const std::string& key) const {
    const auto found = attributes.find(key);
    return found == attributes.end() ? "" : found->second;
  }
};

// Comments become blanks, so that lines keep their numbers.
std::string without_comments(std::string text) {
  for (std::size_t begin = text.find("<!--"); begin != std::string::npos; begin = text.find("<!--", begin + 1)) {
    const std::size_t end = std::min(text.find("-->", begin), text.size());
    std::replace_if(
        text.begin() + static_cast<std::ptrdiff_t>(begin), text.begin() + static_cast<std::ptrdiff_t>(end),
        [](char c) { return c != '\n'; }, ' ');
  }
  return text;
}

std::vector<Tag> tags_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  const std::string content = without_comments(text.str());
  static const std::regex kTag(R"x(<([A-Za-z_]+)((?:[^<>"']|"[^"]*"|'[^']*')*)>)x");
  static const std::regex kAttribute(R"x(([A-Za-z_]+)\s*=\s*(?:"([^"]*)"|'([^']*)'))x");
  std::vector<Tag> tags;
  std::size_t line = 1, counted = 0;
  for (std::sregex_iterator tag(content.begin(), content.end(), kTag), none; tag != none; ++tag) {
    const auto place = static_cast<std::size_t>(tag->position());
    line += static_cast<std::size_t>(std::count(content.begin() + static_cast<std::ptrdiff_t>(counted),
                                                content.begin() + static_cast<std::ptrdiff_t>(place), '\n'));
    counted = place;
    Tag& read = tags.emplace_back(Tag{(*tag)[1], {}, line});
    const std::string attributes = (*tag)[2];
    for (std::sregex_iterator one(attributes.begin(), attributes.end(), kAttribute); one != none; ++one)
      read.attributes[(*one)[1]] = (*one)[2].matched ? (*one)[2] : (*one)[3];
  }
  return tags;
}

struct Change {
  double date_s, value;
};

// The dates and values of a profile that stands beside the platform file; comments and PERIODICITY are passed over.
std::vector<Change> changes_of(const std::string& platform, const std::string& profile) {
  std::ifstream file(std::filesystem::path(platform).parent_path() / profile);
  std::vector<Change> changes;
  for (std::string text; std::getline(file, text);) {
    std::istringstream words(text);
    Change change{};
    if (words >> change.date_s >> change.value) changes.push_back(change);
  }
  return changes;
}

[[noreturn]] void refuse(const std::string& path, const Tag& tag, const std::string& what) {
  throw UsageError(fmt::format("{}:{}: error: {}", path, tag.line, what));
}

bool is_number(const std::string& word) {
  char* end = nullptr;
  std::strtod(word.c_str(), &end);
  return !word.empty() && *end == '\0';
}

// SimGrid ends with the name of the C++ function that could not read a word as a number.
void refuse_unreadable_profile(const std::string& path, const Tag& tag, const std::string& key) {
  const std::string profile = tag.value(key);
  if (profile.empty()) return;
  std::ifstream file(std::filesystem::path(path).parent_path() / profile);
  if (!file) refuse(path, tag, fmt::format("{}: there is no file {} beside the platform file", key, profile));
  std::size_t number = 0;
  for (std::string text; std::getline(file, text);) {
    ++number;
    std::istringstream words(text);
    std::string date, value;
    words >> date >> value;
    if (date.empty() || date[0] == '#' || date[0] == '%' || date == "PERIODICITY" || date == "LOOPAFTER") continue;
    if (date == "STOCHASTIC") return;  // a language of its own, which is SimGrid's
    if (is_number(date) && is_number(value)) continue;
    refuse(path, tag,
           fmt::format("{}: line {} of {} is no date and value, such as \"11.0 0.5\"", key, number, profile));
  }
}

[[noreturn]] void refuse_state(const std::string& path, const Tag& tag, const std::string& what,
                               const std::string& profile) {
  const std::vector<Change> changes = changes_of(path, profile);
  const auto off = std::ranges::find(changes, 0.0, &Change::value);
  refuse(path, tag,
         fmt::format("{} is turned off {}; hosts and links that are turned off are not simulated", what,
                     off == changes.end() ? "by " + profile : fmt::format("at {} s", off->date_s)));
}

}  // namespace

void refuse_what_is_not_simulated(const std::string& path) {
  bool is_config = false;
  for (const Tag& tag : tags_of(path)) {
    if (tag.name == "config") is_config = true;
    if (tag.name == "zone" || tag.name == "AS") is_config = false;
    if (is_config && tag.name == "prop") {
      refuse(
          path, tag,
          fmt::format("it sets SimGrid's option {}; what is simulated, the keys of the scenario say", tag.value("id")));
    }
    if (tag.name == "process" || tag.name == "actor")
      refuse(path, tag, "it deploys processes; ranks are placed by Tandem, one per host: leave the tag out");
    for (const char* key : {"speed_file", "bandwidth_file", "latency_file", "state_file"})
      refuse_unreadable_profile(path, tag, key);
    if (const std::string profile = tag.value("state_file"); !profile.empty())
      refuse_state(path, tag, fmt::format("{} {}", tag.name, tag.value("id")), profile);
    if (tag.name == "trace_connect" && tag.value("kind").ends_with("_AVAIL"))
      refuse_state(path, tag, tag.value("element"), tag.value("trace"));
  }
}

std::map<std::string, double> largest_speed_factors(const std::string& path) {
  std::map<std::string, double> factors;
  for (const Tag& tag : tags_of(path)) {
    // A profile inside the platform file is not read: it may be as large as it likes.
    if (tag.name == "trace_connect" && tag.value("kind") == "SPEED")
      factors[tag.value("element")] = std::numeric_limits<double>::infinity();
    const std::string profile = tag.value("speed_file");
    if (profile.empty()) continue;
    double& largest = factors.try_emplace(tag.value("id"), 1).first->second;
    for (const Change& change : changes_of(path, profile)) largest = std::max(largest, change.value);
  }
  return factors;
}

}  // namespace tandem::sim

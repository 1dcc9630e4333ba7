#include "sim/network/platform_file.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <memory>
#include <simgrid/s4u.hpp>
#include <sstream>
#include <string_view>

#include "core/errors.h"

namespace tandem::sim {
namespace {

namespace sg = simgrid::s4u;

constexpr const char* kSpeeds = "speeds\n";
constexpr std::string_view kRoute = "route ";

// Takes the lines that announce routes off the front of an answer, and returns the last of them: "HOST to HOST".
std::string take_routes(std::string& answer) {
  std::string last;
  while (answer.starts_with(kRoute)) {
    const std::size_t end = answer.find('\n');
    last = answer.substr(kRoute.size(), end - kRoute.size());
    answer.erase(0, end == std::string::npos ? end : end + 1);
  }
  return last;
}

// What went wrong, with the place that SimGrid names: "FILE:LINE: what", or the file alone.
std::string mistake_text(const std::string& path, std::string what) {
  what = what.substr(0, what.find('\n'));
  const std::string preamble = "Parse error at ";
  const bool has_place = what.starts_with(preamble + path + ":");
  if (!has_place) return fmt::format("{}: error: {}", path, what);
  what = what.substr(preamble.size() + path.size() + 1);
  const std::size_t colon = what.find(':');
  return fmt::format("{}:{}: error:{}", path, what.substr(0, colon), what.substr(colon + 1));
}

void write_all(int to, const std::string& text) {
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t count = write(to, text.data() + written, text.size() - written);
    if (count <= 0) return;
    written += static_cast<std::size_t>(count);
  }
}

// Routes that a run does not use may be missing. But SimGrid may crash where there is none at all, so each is announced
// before it is asked for.
void try_route(int announcements, const sg::Host& from, const sg::Host& to) {
  write_all(announcements, fmt::format("{}{} to {}\n", kRoute, from.get_cname(), to.get_cname()));
  std::vector<sg::Link*> links;
  try {
    from.route_to(&to, links, nullptr);
  } catch (const std::exception&) {
    return;  // the run says so when it needs it
  }
  for (const sg::Link* link : links) {
    if (link->get_bandwidth() <= 0) throw UsageError(fmt::format("link {} has no bandwidth", link->get_cname()));
  }
}

// In the child. What it writes last is the answer: speeds, or what is wrong.
std::string answer_of(const std::string& path, int announcements) {
  std::array<std::string, 2> arguments = {"tandem", "--log=root.thres:critical"};
  std::array<char*, 3> argv = {arguments[0].data(), arguments[1].data(), nullptr};
  int argc = static_cast<int>(arguments.size());
  [[maybe_unused]] const auto* engine = new sg::Engine(&argc, argv.data());
  try {
    std::string answer = kSpeeds;
    const std::vector<sg::Host*> hosts = load_platform_file(path);
    for (std::size_t i = 0; i < hosts.size(); ++i) {
      answer += fmt::format("{:.17g}\n", hosts[i]->get_speed());
      // Every host is tried to and from the first: a file that forgets one pair tends to forget a kind.
      if (i == 0) continue;
      try_route(announcements, *hosts[0], *hosts[i]);
      try_route(announcements, *hosts[i], *hosts[0]);
    }
    return answer;
  } catch (const std::exception& error) {
    return mistake_text(path, error.what());
  }
}

std::string read_all(int from) {
  std::string text;
  std::array<char, 4096> part;
  for (ssize_t count = 0; (count = read(from, part.data(), part.size())) > 0;)
    text.append(part.data(), static_cast<std::size_t>(count));
  return text;
}

}  // namespace

std::vector<double> read_platform_file(const std::string& path) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) throw RunFailed("no pipe to read a platform file through");
  const pid_t child = fork();
  if (child < 0) throw RunFailed("no process to read a platform file in");
  if (child == 0) {
    // What SimGrid says before it aborts is an answer, too.
    dup2(ends[1], STDERR_FILENO);
    write_all(ends[1], answer_of(path, ends[1]));
    _exit(0);
  }
  close(ends[1]);
  std::string answer = read_all(ends[0]);
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  const std::string route = take_routes(answer);
  if (!route.empty() && !WIFEXITED(status)) throw UsageError(fmt::format("{}: error: no route from {}", path, route));
  if (!answer.starts_with(kSpeeds)) {
    throw UsageError(answer.starts_with(path) ? answer : mistake_text(path, answer));
  }
  std::istringstream lines(answer.substr(std::string(kSpeeds).size()));
  std::vector<double> speeds;
  for (double speed = 0; lines >> speed;) speeds.push_back(speed);
  if (speeds.empty()) throw UsageError(fmt::format("{}: error: there is no host in it", path));
  return speeds;
}

std::vector<sg::Host*> load_platform_file(const std::string& path) {
  // SimGrid lists hosts by name: node-10 before node-2.
  const auto hosts = std::make_shared<std::vector<sg::Host*>>();
  sg::Host::on_creation_cb([hosts](sg::Host& host) { hosts->push_back(&host); });
  sg::Engine::get_instance()->load_platform(path);
  return *hosts;
}

void check_file_links(const Platform& platform, const std::vector<Carried>& carried, double bandwidth_factor,
                      double end_s) {
  std::map<const sg::Link*, double> bytes;
  for (const Carried& pair : carried) {
    if (pair.from == pair.to) continue;
    std::vector<sg::Link*> links;
    platform.hosts[static_cast<std::size_t>(pair.from)]->route_to(platform.hosts[static_cast<std::size_t>(pair.to)],
                                                                  links, nullptr);
    for (const sg::Link* link : links) {
      if (link->get_sharing_policy() != sg::Link::SharingPolicy::FATPIPE) bytes[link] += pair.bytes;
    }
  }
  for (const auto& [link, carried_bytes] : bytes) {
    const auto first = platform.first_bandwidths.find(link);
    const double bandwidth =
        std::max(link->get_bandwidth(), first != platform.first_bandwidths.end() ? first->second : 0);
    require_possible(link->get_cname(), carried_bytes, bandwidth * bandwidth_factor, end_s);
  }
}

}  // namespace tandem::sim

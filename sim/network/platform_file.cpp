#include "sim/network/platform_file.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <simgrid/s4u.hpp>
#include <sstream>
#include <string_view>

#include "core/errors.h"
#include "sim/network/platform_text.h"

namespace tandem::sim {
namespace {

namespace sg = simgrid::s4u;

constexpr std::string_view kAnswer = "answer\n";
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

bool has_route(int announcements, const sg::Host& from, const sg::Host& to) {
  // SimGrid may crash where there is no route, so each is announced before it is asked for.
  write_all(announcements, fmt::format("{}{} to {}\n", kRoute, from.get_cname(), to.get_cname()));
  std::vector<sg::Link*> links;
  double latency_s = 0;
  try {
    from.route_to(&to, links, &latency_s);
  } catch (const std::exception&) {
    return false;
  }
  return !links.empty() || latency_s > 0;
}

void check_links_of_file() {
  for (const sg::Link* link : sg::Engine::get_instance()->get_all_links()) {
    if (link->get_sharing_policy() == sg::Link::SharingPolicy::WIFI)
      throw UsageError(fmt::format("link {} is a Wi-Fi link; only wires are simulated", link->get_cname()));
    if (link->get_bandwidth() <= 0) throw UsageError(fmt::format("link {} has no bandwidth", link->get_cname()));
  }
}

// A rank may do with few routes, but not without any.
void check_routes(const std::vector<sg::Host*>& hosts, int announcements) {
  for (const sg::Host* host : hosts) {
    const auto reaches = [&](const sg::Host* other) {
      return other != host && has_route(announcements, *host, *other) && has_route(announcements, *other, *host);
    };
    if (hosts.size() == 1 || std::ranges::any_of(hosts, reaches)) continue;
    throw UsageError(fmt::format("host {} has no route to any other host of a rank", host->get_cname()));
  }
}

std::string read_all(int from) {
  std::string text;
  std::array<char, 4096> part;
  for (ssize_t count = 0; (count = read(from, part.data(), part.size())) > 0;)
    text.append(part.data(), static_cast<std::size_t>(count));
  return text;
}

// What a process of its own says of the file: `ask` is called in it, with its hosts and with where routes are
// announced. SimGrid starts once per process, and may not outlive a bad file. What it says before it aborts is an
// answer, too.
std::string ask_apart(const std::string& path,
                      const std::function<std::string(const std::vector<sg::Host*>&, int announcements)>& ask) {
  refuse_what_is_not_simulated(path);
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) throw RunFailed("no pipe to read a platform file through");
  const pid_t child = fork();
  if (child < 0) throw RunFailed("no process to read a platform file in");
  if (child == 0) {
    dup2(ends[1], STDERR_FILENO);
    std::array<std::string, 2> arguments = {"tandem", "--log=root.thres:critical"};
    std::array<char*, 3> argv = {arguments[0].data(), arguments[1].data(), nullptr};
    int argc = static_cast<int>(arguments.size());
    [[maybe_unused]] const auto* engine = new sg::Engine(&argc, argv.data());
    std::string answer;
    try {
      answer = std::string(kAnswer) + ask(load_platform_file(path), ends[1]);
    } catch (const std::exception& error) {
      answer = mistake_text(path, error.what());
    }
    write_all(ends[1], answer);
    _exit(0);
  }
  close(ends[1]);
  std::string answer = read_all(ends[0]);
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  const std::string route = take_routes(answer);
  if (!route.empty() && !WIFEXITED(status)) throw UsageError(fmt::format("{}: error: no route from {}", path, route));
  if (answer.starts_with(kAnswer)) return answer.substr(kAnswer.size());
  throw UsageError(answer.starts_with(path) ? answer : mistake_text(path, answer));
}

}  // namespace

std::vector<PlatformHost> read_platform_file(const std::string& path) {
  const std::string answer = ask_apart(path, [](const std::vector<sg::Host*>& hosts, int) {
    check_links_of_file();
    std::string speeds;
    for (const sg::Host* host : hosts) speeds += fmt::format("{:.17g} {}\n", host->get_speed(), host->get_cname());
    return speeds;
  });
  const std::map<std::string, double> factors = largest_speed_factors(path);
  std::istringstream lines(answer);
  std::vector<PlatformHost> hosts;
  std::string name;
  for (PlatformHost host; lines >> host.speed_flops_per_s && std::getline(lines >> std::ws, name);) {
    const auto factor = factors.find(name);
    host.largest_factor = factor == factors.end() ? 1 : factor->second;
    hosts.push_back(host);
  }
  if (hosts.empty()) throw UsageError(fmt::format("{}: error: there is no host in it", path));
  return hosts;
}

void check_platform_routes(const std::string& path, int ranks) {
  ask_apart(path, [ranks](std::vector<sg::Host*> hosts, int announcements) {
    hosts.resize(static_cast<std::size_t>(ranks));
    sg::Engine::get_instance()->seal_platform();
    check_routes(hosts, announcements);
    return std::string();
  });
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

#include "sim/platform.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <simgrid/kernel/ProfileBuilder.hpp>
#include <simgrid/s4u.hpp>

#include "core/errors.h"

namespace tandem::sim {
namespace {

namespace sg = simgrid::s4u;

// Guard pages split the address space into mappings, of which Linux allows 65,530 a process.
constexpr int kMaxRanksWithGuards = 8192;

// SimGrid takes events that are closer than this for simultaneous. Its default of 1e-9 s is too coarse for networks of
// microseconds; much less would be below the resolution of a double after an hour of simulated time.
constexpr double kTimePrecision_s = 1e-11;

// SimGrid's maximal TCP window.
constexpr double kWindow_bytes = 4194304;

void require_positive(const char* what, double value) {
  if (!(value > 0) || std::isinf(value))
    throw UsageError(fmt::format("{} must be positive and finite, not {}", what, value));
}

bool covers_whole_run(const Slowdown& slowdown) { return slowdown.from_s <= 0 && std::isinf(slowdown.until_s); }

// When the speed of a host changes, each time after the one before, and to which fraction of its first speed.
// Overlapping slowdowns multiply.
std::vector<simgrid::kernel::profile::DatedValue> speed_changes(const std::vector<Slowdown>& slowdowns, int rank) {
  std::set<double> dates;
  for (const Slowdown& slowdown : slowdowns) {
    if (slowdown.rank != rank || covers_whole_run(slowdown)) continue;
    dates.insert(std::max(slowdown.from_s, 0.0));
    if (std::isfinite(slowdown.until_s)) dates.insert(slowdown.until_s);
  }
  std::vector<simgrid::kernel::profile::DatedValue> changes;
  double previous_date = 0;
  for (const double date : dates) {
    double scale = 1;
    for (const Slowdown& slowdown : slowdowns) {
      const bool holds = slowdown.rank == rank && slowdown.from_s <= date && date < slowdown.until_s;
      if (holds && !covers_whole_run(slowdown)) scale /= slowdown.factor;
    }
    changes.emplace_back(date - previous_date, scale);
    previous_date = date;
  }
  return changes;
}

sg::Host* add_host(sg::NetZone& zone, const WorldOptions& options, int rank) {
  const Cluster& cluster = options.cluster;
  double speed = cluster.speed_flops_per_s;
  for (const Slowdown& slowdown : cluster.slowdowns) {
    if (slowdown.rank == rank && covers_whole_run(slowdown)) speed /= slowdown.factor;
  }
  sg::Host* host = zone.create_host(fmt::format("host-{}", rank), speed)->set_core_count(1);

  auto changes = speed_changes(cluster.slowdowns, rank);
  if (!changes.empty()) {
    // SimGrid asks again when all values are used up: then there is nothing to add.
    const auto fill = [changes = std::move(changes)](std::vector<simgrid::kernel::profile::DatedValue>& values) {
      if (values.empty()) values = changes;
    };
    host->set_speed_profile(
        simgrid::kernel::profile::ProfileBuilder::from_callback(fmt::format("speed-{}", rank), fill, -1));
  }
  return host;
}

// TCP sends at most a window each round trip. As SimGrid does, without the latency factor.
std::optional<double> window_bandwidth_bytes_per_s(const Network& network) {
  if (network.model.name != "lv08" || !(network.latency_s > 0)) return std::nullopt;
  return kWindow_bytes / (2 * network.latency_s);
}

}  // namespace

void check_platform(const WorldOptions& options) {
  const Cluster& cluster = options.cluster;
  const Network& network = cluster.network;
  if (options.ranks < 1) throw UsageError(fmt::format("{} ranks: a run needs at least one", options.ranks));
  require_positive("the speed of a host", cluster.speed_flops_per_s);
  if (cluster.memory_bandwidth_bytes_per_s) {
    require_positive("the memory bandwidth of a host", *cluster.memory_bandwidth_bytes_per_s);
  }
  require_positive("the network's bandwidth", network.bandwidth_bytes_per_s);
  require_positive("the network's bandwidth factor", network.model.bandwidth_factor);
  if (!(network.latency_s >= 0) || std::isinf(network.latency_s)) {
    throw UsageError(fmt::format("the network's latency must be at least 0 and finite, not {} s", network.latency_s));
  }
  if (!(network.model.latency_factor >= 0) || std::isinf(network.model.latency_factor)) {
    throw UsageError(fmt::format("the network's latency factor must be at least 0 and finite, not {}",
                                 network.model.latency_factor));
  }
  if (network.topology != "star") {
    throw UsageError(fmt::format("there is no network topology '{}'; allowed: star", network.topology));
  }
  if (network.model.name != "neutral" && network.model.name != "lv08") {
    throw UsageError(fmt::format("there is no network model '{}'; allowed: neutral, lv08", network.model.name));
  }
  for (const Slowdown& slowdown : cluster.slowdowns) {
    if (slowdown.rank < 0 || slowdown.rank >= options.ranks) {
      throw UsageError(fmt::format("a slowdown names rank {}; allowed: 0 to {}", slowdown.rank, options.ranks - 1));
    }
    require_positive("the factor of a slowdown", slowdown.factor);
    if (!(slowdown.from_s < slowdown.until_s)) {
      throw UsageError(fmt::format("the slowdown of rank {} ends at {} s, before it starts at {} s", slowdown.rank,
                                   slowdown.until_s, slowdown.from_s));
    }
  }
}

std::vector<std::string> engine_arguments(const WorldOptions& options) {
  const NetworkModel& model = options.cluster.network.model;
  std::vector<std::string> arguments = {
      "tandem",
      // Deadlocks and failures are told by us. What SimGrid says just before it aborts is left.
      "--log=root.thres:critical",
      "--log=ker_engine.app:file:/dev/null",
      // Without latencies, flows share a link alike: SimGrid's models differ in nothing but what is stated here.
      "--cfg=network/model:CM02",
      "--cfg=network/weight-S:0",
      fmt::format("--cfg=network/bandwidth-factor:{:.17g}", model.bandwidth_factor),
      fmt::format("--cfg=network/crosstraffic:{}", model.cross_traffic ? 1 : 0),
      fmt::format("--cfg=surf/precision:{}", kTimePrecision_s),
      // SimGrid takes a link that is filled to within this fraction as full; its 1e-5 shows in the sixth digit of a
      // time.
      "--cfg=maxmin/precision:1e-9",
      // Stacks are memory that is committed when touched. Eigen wants more of it than a strategy that only sends.
      fmt::format("--cfg=contexts/stack-size:{}", options.payload == Payload::phantom ? 256 : 1024),
      fmt::format("--cfg=contexts/guard-size:{}", options.ranks > kMaxRanksWithGuards ? 0 : 1),
      // The engine is never destroyed, see run_simulated.
      "--cfg=debug/clean-atexit:no",
  };
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TANDEM_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TANDEM_SANITIZED
#endif
#endif
#ifdef TANDEM_SANITIZED
  // Sanitizers follow threads; they lose track of stacks that are swapped by hand.
  arguments.push_back("--cfg=contexts/factory:thread");
#endif
  return arguments;
}

double message_latency_s(const Network& network) { return network.latency_s * network.model.latency_factor; }

std::vector<sg::Host*> build_platform(const WorldOptions& options) {
  const Network& network = options.cluster.network;
  const std::optional<double> window = window_bandwidth_bytes_per_s(network);
  sg::NetZone* zone = sg::create_star_zone("cluster");
  std::vector<sg::Host*> hosts;
  for (int rank = 0; rank < options.ranks; ++rank) {
    sg::Host* host = add_host(*zone, options, rank);
    sg::SplitDuplexLink* link =
        zone->create_split_duplex_link(fmt::format("link-{}", rank), network.bandwidth_bytes_per_s);
    link->set_latency(0)->seal();
    std::vector<sg::LinkInRoute> up = {{link, sg::LinkInRoute::Direction::UP}};
    const std::vector<sg::LinkInRoute> down = {{link, sg::LinkInRoute::Direction::DOWN}};
    if (window && *window < network.bandwidth_bytes_per_s) {
      // A fat pipe limits each of its flows, not their sum.
      sg::Link* pipe = zone->create_link(fmt::format("window-{}", rank), *window);
      up.emplace_back(pipe->set_latency(0)->set_sharing_policy(sg::Link::SharingPolicy::FATPIPE)->seal());
    }
    zone->add_route(host->get_netpoint(), nullptr, nullptr, nullptr, up, false);
    zone->add_route(nullptr, host->get_netpoint(), nullptr, nullptr, down, false);
    hosts.push_back(host->seal());
  }
  zone->seal();
  return hosts;
}

}  // namespace tandem::sim

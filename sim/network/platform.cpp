#include "sim/network/platform.h"

#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <simgrid/kernel/Timer.hpp>
#include <simgrid/kernel/routing/NetPoint.hpp>
#include <simgrid/kernel/routing/NetZoneImpl.hpp>
#include <simgrid/s4u.hpp>

#include "core/errors.h"
#include "sim/network/losses.h"
#include "sim/network/platform_file.h"
#include "sim/network/tcp_window.h"

namespace tandem::sim {
namespace {

namespace sg = simgrid::s4u;

// Guard pages split the address space into mappings, two a stack, of which Linux allows 65,530 a process.
constexpr int kMaxRanksWithGuards = 20000;

// SimGrid takes events that are closer than this for simultaneous. Its default of 1e-9 s is too coarse for networks of
// microseconds; much less would be below the resolution of a double after an hour of simulated time.
constexpr double kTimePrecision_s = 1e-11;

void require_positive(const char* what, double value) {
  if (!(value > 0) || std::isinf(value))
    throw UsageError(fmt::format("{} must be positive and finite, not {}", what, value));
}

void add_host(sg::NetZone& zone, const Cluster& cluster, int rank, Platform& platform) {
  sg::Host* host = zone.create_host(fmt::format("host-{}", rank), cluster.speed_of(rank))->set_core_count(1);
  // A host's profile holds fractions of its speed.
  auto* const profile = pace_profile(fmt::format("speed-{}", rank), 1, cluster.slowdowns, rank, platform.is_alive);
  if (profile != nullptr) host->set_speed_profile(profile);
  platform.hosts.push_back(host->seal());
  platform.speed_changes.push_back(profile != nullptr);
}

// SimGrid plays a link's profile in time only while its own model uses the link, which it never does here.
void follow_pace(sg::Link* link, double bandwidth_bytes_per_s, std::shared_ptr<const std::vector<Slowdown>> slowdowns,
                 int node, const IsAlive& is_alive, double date_s) {
  simgrid::kernel::timer::Timer::set(date_s, [=] {
    if (!(*is_alive)()) return;
    const Pace pace = pace_at(*slowdowns, node, date_s);
    link->set_bandwidth(bandwidth_bytes_per_s / pace.factor);
    if (std::isfinite(pace.until_s)) {
      follow_pace(link, bandwidth_bytes_per_s, slowdowns, node, is_alive, pace.until_s);
    }
  });
}

// A zone whose routes are worked out when SimGrid asks for them. A table of them would have an entry for every pair of
// ranks.
class InterconnectZone : public simgrid::kernel::routing::NetZoneImpl {
 public:
  explicit InterconnectZone(std::shared_ptr<const Interconnect> interconnect)
      : NetZoneImpl("cluster"), interconnect_(std::move(interconnect)) {}

  void add_links(const std::vector<Slowdown>& slowdowns, const IsAlive& is_alive) {
    const auto of_nodes = std::make_shared<const std::vector<Slowdown>>(interconnect_->slowdowns_of_nodes(slowdowns));
    for (std::size_t i = 0; i < interconnect_->links().size(); ++i) {
      const DirectedLink& link = interconnect_->links()[i];
      const int node = static_cast<int>(i / 2);
      const bool is_of_node = interconnect_->fabric().nodes_have_links() && node < interconnect_->nodes();
      const Pace pace = is_of_node ? pace_at(*of_nodes, node, 0) : Pace{};
      links_.push_back(
          create_link(link.name, {link.bandwidth_bytes_per_s / pace.factor})->set_latency(0)->seal()->get_impl());
      if (std::isfinite(pace.until_s)) {
        follow_pace(sg::Link::by_name(link.name), link.bandwidth_bytes_per_s, of_nodes, node, is_alive, pace.until_s);
      }
    }
  }

 private:
  void get_local_route(const simgrid::kernel::routing::NetPoint* from, const simgrid::kernel::routing::NetPoint* to,
                       simgrid::kernel::routing::Route* into, double* latency_s) override {
    const Path path = interconnect_->path(static_cast<int>(from->id()), static_cast<int>(to->id()));
    for (const std::size_t link : path.links) into->link_list_.push_back(links_[link]);
    if (latency_s != nullptr) *latency_s += path.latency_s;
  }

  std::shared_ptr<const Interconnect> interconnect_;
  std::vector<simgrid::kernel::resource::StandardLinkImpl*> links_;
};

void require_latency(const char* what, double latency_s) {
  if (latency_s >= 0 && std::isfinite(latency_s)) return;
  throw UsageError(fmt::format("{} must be at least 0 and finite, not {} s", what, latency_s));
}

void check_slowdowns(const std::vector<Slowdown>& slowdowns, int ranks) {
  for (const Slowdown& slowdown : slowdowns) {
    if (slowdown.ranks.lowest() < 0 || slowdown.ranks.highest() >= ranks) {
      const int named = slowdown.ranks.lowest() < 0 ? slowdown.ranks.lowest() : slowdown.ranks.highest();
      throw UsageError(fmt::format("a slowdown names rank {}; allowed: 0 to {}", named, ranks - 1));
    }
    require_positive("the factor of a slowdown", slowdown.factor);
    if (!(slowdown.from_s < slowdown.until_s)) {
      throw UsageError(fmt::format("the slowdown of rank {} ends at {} s, before it starts at {} s",
                                   slowdown.ranks.lowest(), slowdown.until_s, slowdown.from_s));
    }
  }
}

void check_losses(const WorldOptions& options) {
  const Network& network = options.cluster.network;
  if (network.losses.empty()) return;
  if (options.fidelity == Fidelity::coarse) throw UsageError("losses of packets are played in full, not coarse");
  if (options.flows == FlowModel::simgrid) throw UsageError("SimGrid's own flows know no losses of packets");
  std::vector<Slowdown> dates;
  for (const PacketLoss& loss : network.losses) {
    if (!(loss.loss > 0 && loss.loss <= 1)) throw UsageError(fmt::format("a link cannot lose {} of all", loss.loss));
    if (loss.is_outage() && !network.background.empty())
      throw UsageError("traffic of others knows no links that are down");
    dates.push_back({.ranks = loss.ranks, .from_s = loss.from_s, .until_s = loss.until_s});
  }
  check_slowdowns(dates, options.ranks);
}

// SimGrid's own flow model, with our factors and those of its lv08; without a window where the model has none.
std::vector<std::string> flow_arguments(const WorldOptions& options) {
  if (options.flows == FlowModel::tandem) return {};
  const NetworkModel& model = options.cluster.network.model;
  const bool is_lv08 = model.name == "lv08";
  constexpr double kNoWindow_bytes = 1e30;
  return {"--cfg=network/model:CM02",
          "--cfg=network/optim:Full",
          fmt::format("--cfg=network/latency-factor:{:.17g}", model.latency_factor),
          fmt::format("--cfg=network/bandwidth-factor:{:.17g}", model.bandwidth_factor),
          fmt::format("--cfg=network/weight-S:{}", is_lv08 ? 20537 : 0),
          fmt::format("--cfg=network/TCP-gamma:{}", is_lv08 ? kTcpWindow_bytes : kNoWindow_bytes),
          fmt::format("--cfg=network/crosstraffic:{}", model.cross_traffic ? "yes" : "no")};
}

}  // namespace

void check_options(const WorldOptions& options) {
  const Cluster& cluster = options.cluster;
  const Network& network = cluster.network;
  if (options.ranks < 1) throw UsageError(fmt::format("{} ranks: a run needs at least one", options.ranks));
  require_positive("the network's bandwidth", network.bandwidth_bytes_per_s);
  for (int rank = 0; rank < options.ranks; ++rank) {
    require_positive("the speed of a host", cluster.speed_of(rank));
    require_positive("the bandwidth of a host's link", cluster.bandwidth_of(rank));
    if (const auto bandwidth = cluster.memory_bandwidth_of(rank))
      require_positive("the memory bandwidth of a host", *bandwidth);
  }
  require_positive("the network's bandwidth factor", network.model.bandwidth_factor);
  require_latency("the network's latency", network.latency_s);
  require_latency("the network's hop latency", network.hop_latency_s);
  require_latency("the latency inside a node", network.intra_node.latency_s);
  require_positive("the bandwidth inside a node", network.intra_node.bandwidth_bytes_per_s);
  if (!(network.model.latency_factor >= 0) || std::isinf(network.model.latency_factor)) {
    throw UsageError(fmt::format("the network's latency factor must be at least 0 and finite, not {}",
                                 network.model.latency_factor));
  }
  if (network.model.name != "neutral" && network.model.name != "lv08") {
    throw UsageError(fmt::format("there is no network model '{}'; allowed: neutral, lv08", network.model.name));
  }
  if (options.flows == FlowModel::simgrid) {
    if (!network.background.empty()) throw UsageError("SimGrid's own flows know no background traffic");
    if (options.fidelity == Fidelity::coarse) throw UsageError("SimGrid's own flows are played in full, not coarse");
  }
  check_slowdowns(cluster.slowdowns, options.ranks);
  check_slowdowns(network.slowdowns, options.ranks);
  check_losses(options);
}

std::vector<std::string> engine_arguments(const WorldOptions& options) {
  std::vector<std::string> arguments = {
      "tandem",
      // Deadlocks and failures are told by us. What SimGrid says just before it aborts is left.
      "--log=root.thres:critical",
      "--log=ker_engine.app:file:/dev/null",
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
  const std::vector<std::string> of_flows = flow_arguments(options);
  arguments.insert(arguments.end(), of_flows.begin(), of_flows.end());
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

// SimGrid takes stacks without guards from calloc, which clears what it cuts from the heap: 32,768 ranks took 4.7 GiB.
// What it asks of the kernel, for each alone, is clear and untouched: 0.75 GiB.
void prepare_stacks(const WorldOptions& options) {
  if (options.ranks <= kMaxRanksWithGuards) return;
  constexpr int kSmallerThanStacks_bytes = 128 << 10;
  mallopt(M_MMAP_THRESHOLD, kSmallerThanStacks_bytes);
  mallopt(M_MMAP_MAX, std::numeric_limits<int>::max());
}

namespace {

Platform platform_of_file(const WorldOptions& options) {
  const Cluster& cluster = options.cluster;
  Platform platform;
  platform.hosts = load_platform_file(cluster.platform);
  platform.hosts.resize(static_cast<std::size_t>(options.ranks));
  platform.speed_changes.resize(platform.hosts.size(), true);  // the file may say so
  for (int rank = 0; rank < options.ranks; ++rank) {
    if (auto* profile = pace_profile(fmt::format("speed-{}", rank), 1, cluster.slowdowns, rank, platform.is_alive))
      platform.hosts[static_cast<std::size_t>(rank)]->set_speed_profile(profile);
  }
  sg::Engine::get_instance()->seal_platform();  // some zones know their routes only then
  for (const sg::Link* link : sg::Engine::get_instance()->get_all_links())
    platform.first_bandwidths[link] = link->get_bandwidth();
  platform.latency_s = [hosts = platform.hosts](int from, int to) {
    std::vector<sg::Link*> links;
    double latency_s = 0;
    const sg::Host* source = hosts[static_cast<std::size_t>(from)];
    const sg::Host* target = hosts[static_cast<std::size_t>(to)];
    source->route_to(target, links, &latency_s);
    if (from != to && links.empty() && latency_s == 0) {
      throw RunFailed(fmt::format("the platform has no route from host {} (rank {}) to host {} (rank {})",
                                  source->get_cname(), from, target->get_cname(), to));
    }
    return latency_s;
  };
  platform.window_bytes_per_s = [latency_s = platform.latency_s, model = cluster.network.model](int from, int to) {
    return window_bandwidth_bytes_per_s(model, latency_s(from, to));
  };
  return platform;
}

}  // namespace

Platform build_platform(const WorldOptions& options, std::shared_ptr<const Interconnect> interconnect) {
  if (interconnect == nullptr) return platform_of_file(options);
  const NetworkModel& model = options.cluster.network.model;
  // The engine owns it.
  auto* implementation = new InterconnectZone(interconnect);
  sg::NetZone* zone = implementation->get_iface();
  Platform platform{.interconnect = interconnect};
  for (int rank = 0; rank < options.ranks; ++rank) add_host(*zone, options.cluster, rank, platform);
  platform.losses = options.cluster.network.losses;
  implementation->add_links(slowdowns_with_losses(options.cluster.network), platform.is_alive);
  zone->seal();
  platform.latency_s = [interconnect](int from, int to) { return interconnect->path(from, to).latency_s; };
  platform.window_bytes_per_s = [interconnect, model](int from, int to) {
    const Path path = interconnect->path(from, to);
    auto window = window_bandwidth_bytes_per_s(model, path.latency_s);
    const auto is_wider = [&](std::size_t link) { return interconnect->links()[link].bandwidth_bytes_per_s > *window; };
    if (window && !std::ranges::all_of(path.links, is_wider)) window.reset();
    return window;
  };
  return platform;
}

void require_possible(const std::string& link, double bytes, double rate_bytes_per_s, double end_s) {
  // Simulated events closer than a nanosecond may be taken as one.
  constexpr double kRelative = 1e-9, kAbsolute_s = 1e-9;
  if (bytes <= rate_bytes_per_s * (end_s * (1 + kRelative) + kAbsolute_s)) return;
  throw CheckFailed(fmt::format("impossible: {} carried {:.0f} bytes in {:.9g} s, at {:.6g} byte/s at most", link,
                                bytes, end_s, rate_bytes_per_s));
}

void check_links(const WorldOptions& options, const Platform& platform, const std::vector<Carried>& carried,
                 double end_s) {
  const double factor = options.cluster.network.model.bandwidth_factor;
  if (platform.interconnect == nullptr) return check_file_links(platform, carried, factor, end_s);
  const std::vector<DirectedLink>& links = platform.interconnect->links();
  std::vector<double> bytes(links.size());
  for (const Carried& pair : carried) {
    for (const std::size_t link : platform.interconnect->path(pair.from, pair.to).links) bytes[link] += pair.bytes;
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const DirectedLink& link = links[i];
    require_possible(link.name, bytes[i], link.bandwidth_bytes_per_s * factor, end_s);
  }
}

}  // namespace tandem::sim

#include "real/tcp/world.h"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <exception>
#include <optional>

#include "core/errors.h"
#include "core/rank_died.h"
#include "core/rank_lost.h"
#include "core/waited_in_vain.h"
#include "real/engine_endpoint.h"
#include "real/tcp/emulated_links.h"
#include "real/tcp/engine.h"
#include "real/tcp/join.h"
#include "real/tcp/rendezvous.h"
#include "real/tcp/supervisor.h"

namespace tandem {
namespace {

using namespace tcp;

// Where hosts are emulated, a rank that waits must leave the processor idle.
constexpr double kSpinOfEmulated_s = 0;
constexpr double kGrace_s = 3;  // for the others, after the first failure
// Ranks that wait for one that is stopped come to their own deadlines first, and say for what they waited.
constexpr double kMarginOverWaits_s = 2;
// The rendezvous knows which ranks are missing, so its time-out must come before that of the ranks.
constexpr double kMarginOverRendezvous_s = 5;

// By default the kernel lets a sleep end 50 us late, to wake the processor for several at once.
void wake_on_time() { prctl(PR_SET_TIMERSLACK, 1); }

struct Place {
  int rank;
  std::string address;
  std::uint16_t port;
  Token token;
};

Ending failure(Ending::Kind kind, int rank, const std::string& what) {
  const double time_s = std::chrono::duration<double>(Clock::now().time_since_epoch()).count();
  const std::string name = fmt::format("rank {}", rank);
  return {kind, time_s, what.starts_with(name + " ") ? what : name + ": " + what};
}

// One rank, from joining to its end, in its own process. An exception that is no std::exception ends that process by
// std::terminate.
Ending run_rank(const Place& place, const WorldOptions& options, const RankBody& body) {
  try {
    EngineOptions how{.rendezvous_sends = options.rendezvous_sends, .timeout_s = options.timeout_s};
    if (options.cluster.emulate) {
      how.spin_s = kSpinOfEmulated_s;
      how.latencies_s = emulated_latencies_s(options.cluster, place.rank, options.ranks);
      wake_on_time();
    }
    TcpEngine engine(join(place.rank, options.ranks, place.address, place.port, place.token,
                          options.timeout_s + kMarginOverRendezvous_s),
                     how);
    real::EngineEndpoint endpoint(engine, options.cluster);
    body(endpoint);
    engine.finish(options.timeout_s);
    return {};
  } catch (const RankDied&) {
    raise(SIGKILL);
    throw;
  } catch (const DeadlineExceeded& error) {
    return failure(Ending::Kind::waited, place.rank, error.what());
  } catch (const PeerFailed& error) {
    return failure(Ending::Kind::peer_failed, place.rank, error.what());
  } catch (const ConnectionError& error) {
    return failure(Ending::Kind::peer_failed, place.rank, error.what());
  } catch (const std::exception& error) {
    return failure(Ending::Kind::failed, place.rank, error.what());
  }
}

// Ranks on this machine reach a rendezvous that listens everywhere by loopback.
std::string reachable(const std::string& listen) {
  if (listen == "0.0.0.0") return "127.0.0.1";
  return listen == "::" ? "::1" : listen;
}

// Returns when the rendezvous has started all ranks, or when one has failed before.
void start_ranks(Rendezvous& rendezvous, Supervisor& supervisor) {
  while (!rendezvous.serve(supervisor.descriptors())) {
    supervisor.check_ranks();
    if (supervisor.has_failure()) return;
  }
}

ProcessPlacement place_of_all(const WorldOptions& options, const std::string& listen) {
  return {0, options.ranks, reachable(listen), 0, random_bytes()};
}

// The parent process holds three files per rank (a connection, a pipe, the child's process descriptor) and some of its
// own. A rank holds one connection per peer.
rlim_t files_needed(int ranks) {
  constexpr rlim_t kForEachRank = 3, kOther = 40;
  return kForEachRank * static_cast<rlim_t>(ranks) + kOther;
}

// Raises the limit to what is needed, or as far as the system allows.
void raise_file_limit(int ranks) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= files_needed(ranks)) return;
  limit.rlim_cur = std::min(limit.rlim_max, files_needed(ranks));
  setrlimit(RLIMIT_NOFILE, &limit);
}

WorldReport run_tcp(const WorldOptions& options, const RankBody& body) {
  if (options.ranks < 1) throw UsageError(fmt::format("{} ranks: a run needs at least one", options.ranks));
  if (options.payload == Payload::phantom) {
    throw UsageError("the tcp world carries real values; sizes only (a phantom payload) run in the sim world");
  }
  raise_file_limit(options.ranks);
  std::optional<EmulatedLinks> links;
  if (options.cluster.emulate) {
    if (options.placement) throw UsageError("cluster.emulate: emulated hosts are all on this machine, in one process");
    links.emplace(options.cluster, options.ranks);
  }
  const std::string listen = links ? EmulatedLinks::kBridgeAddress : options.listen;
  const ProcessPlacement here = options.placement ? *options.placement : place_of_all(options, listen);
  std::optional<Rendezvous> rendezvous;
  if (here.first_rank == 0) {
    const auto report = [](const std::string& text) { fmt::print(stderr, "tandem: {}\n", text); };
    rendezvous.emplace(RendezvousOptions{listen, here.port, options.ranks, options.timeout_s, report}, here.secret);
  }
  Supervisor supervisor(options.mortal);
  for (int rank = here.first_rank; rank < here.first_rank + here.ranks; ++rank) {
    const Place place{rank, here.address, rendezvous ? rendezvous->port() : here.port, here.secret};
    supervisor.start(rank, [&] {
      if (rendezvous) rendezvous->close();
      if (links) links->enter(rank);
      return run_rank(place, options, body);
    });
  }
  std::string not_joined;
  try {
    if (rendezvous) start_ranks(*rendezvous, supervisor);
  } catch (const RunFailed& error) {
    not_joined = error.what();
  }
  const double stopped_s = options.timeout_s + kMarginOverWaits_s;
  supervisor.wait({.grace_s = kGrace_s, .stopped_s = stopped_s}, !not_joined.empty());
  const Ending ending = supervisor.first_failure();
  const bool was_lost = ending.kind == Ending::Kind::lost || ending.kind == Ending::Kind::died;
  if (was_lost || (ending.kind == Ending::Kind::failed && supervisor.has_deaths()))
    throw RankLost(ending.cause, was_lost ? ending.rank : -1, ending.time_s);
  if (ending.kind == Ending::Kind::failed) throw RunFailed(ending.cause);
  if (!not_joined.empty()) throw WaitedInVain(not_joined);
  if (ending.kind != Ending::Kind::good) throw WaitedInVain(ending.cause);
  return {};
}

std::optional<std::string> refusal(const Cluster& cluster, int ranks) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max < files_needed(ranks)) {
    return fmt::format("{} ranks in the tcp world need {} open files, and this machine allows {} (ulimit -Hn)", ranks,
                       files_needed(ranks), limit.rlim_max);
  }
  return cluster.emulate ? why_links_cannot_be_emulated(cluster) : std::nullopt;
}

LeastTime least_time(const Cluster& cluster, int) {
  if (!cluster.emulate) return {};
  return [cluster](int rank, double bytes) {
    const double bandwidth = cluster.bandwidth_of(rank);
    return (bytes - burst_bytes(bandwidth)) / bandwidth;
  };
}

}  // namespace

const World kTcpWorld = {
    .name = "tcp",
    .doc = "ranks are processes joined by sockets, on this machine or on several",
    .clock = "wall",
    .started_by = StartedBy::several_hosts,
    .honoured = {Feature::emulated_links, Feature::hanging_ranks, Feature::rank_processes},
    .run = run_tcp,
    .refusal = refusal,
    .least_time = least_time,
};

}  // namespace tandem

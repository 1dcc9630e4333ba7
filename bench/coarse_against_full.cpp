// What coarse simulations save: collectives of many ranks with every message played, and with rounds played together,
// in turns, each in a process of its own.
//
//   build/release/bench/coarse_against_full RANKS ROUNDS [OPERATION/COLLECTIVE ...]
//
// Prints medians of processor seconds of the whole run, the peak memory, and simulated times, which must agree. 4,096
// ranks with every message take up to ten minutes, and direct exchanges 20 GiB.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include "algorithms/collectives/collective.h"
#include "algorithms/collectives/kinds.h"
#include "app/worlds/worlds.h"
#include "bench/measure.h"

namespace tandem::bench {
namespace {

struct Case {
  const char* operation;
  const char* collective;
  std::size_t count;
  int ranks_per_node = 1;

  std::string name() const { return fmt::format("{}/{}", operation, collective); }
};

// 100 MB; where everyone has a part for everyone, some 16 MB.
constexpr Case kCases[] = {
    {"all-reduce", "ring", 25'000'000},
    {"all-reduce", "halving-doubling", 25'000'000},
    {"all-reduce", "recursive-doubling", 25'000'000},
    {"all-reduce", "binomial-tree", 25'000'000},
    {"all-reduce", "double-binary-tree", 25'000'000},
    {"all-reduce", "hierarchical", 25'000'000, 8},
    {"all-reduce", "torus", 25'000'000},
    {"all-reduce", "direct", 4'096'000},
    {"broadcast", "chain", 25'000'000},
    {"broadcast", "scatter-allgather", 25'000'000},
    {"all-gather", "bruck", 4'096'000},
    {"all-to-all", "pairwise", 4'096'000},
    {"all-to-all", "direct", 4'096'000},
    {"all-to-all", "bruck", 4'096'000},
};

RunCosts simulate(const Case& played, int ranks, Fidelity fidelity) {
  Cluster cluster{.workers = ranks, .ranks_per_node = played.ranks_per_node};
  cluster.network.bandwidth_bytes_per_s = 1.25e9;
  cluster.network.latency_s = 50e-6;
  const WorldOptions options{.ranks = ranks, .payload = Payload::phantom, .cluster = cluster, .fidelity = fidelity};
  const OperationKind& kind = operation_kind(played.operation);
  const std::size_t surplus = kind.needs_equal_parts ? played.count % static_cast<std::size_t>(ranks) : 0;
  return whole_run(*find_world("sim"), options, [&](Comm& comm) {
    const Buffer data = comm.make_buffer(played.count - surplus), result = comm.make_buffer(played.count - surplus);
    kind.run(collective_named(played.collective), comm, data, result, 0);
  });
}

double median(const std::vector<RunCosts>& runs, double RunCosts::*cost) {
  std::vector<double> values;
  for (const RunCosts& run : runs) values.push_back(run.*cost);
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void print_row(const Case& played, int ranks, int rounds) {
  std::vector<RunCosts> full, coarse;
  for (int round = 0; round < rounds; ++round) {
    full.push_back(simulate(played, ranks, Fidelity::full));
    coarse.push_back(simulate(played, ranks, Fidelity::coarse));
  }
  const auto text = [](const std::vector<RunCosts>& runs) {
    return fmt::format("{:.3g} s, {:.0f} MiB, {:.9g} s", median(runs, &RunCosts::processor_s),
                       median(runs, &RunCosts::peak_bytes) / (1 << 20), runs.front().simulated_s);
  };
  fmt::print("| {} | {} | {} | {:.3f} | {:+.3f} |\n", played.name(), text(full), text(coarse),
             median(coarse, &RunCosts::processor_s) / median(full, &RunCosts::processor_s),
             1000 * (coarse.front().simulated_s / full.front().simulated_s - 1));
  std::fflush(stdout);
}

void print_table(int ranks, int rounds, const std::vector<std::string>& names) {
  fmt::print("| {} ranks | full: processor, peak, simulated | coarse | ratio | difference, per mille |\n", ranks);
  fmt::print("|---|---|---|---|---|\n");
  for (const Case& played : kCases) {
    const bool is_wanted = names.empty() || std::find(names.begin(), names.end(), played.name()) != names.end();
    if (is_wanted) print_row(played, ranks, rounds);
  }
}

}  // namespace
}  // namespace tandem::bench

int main(int count, char** arguments) {
  const int ranks = count > 2 ? std::atoi(arguments[1]) : 0, rounds = count > 2 ? std::atoi(arguments[2]) : 0;
  if (ranks < 1 || rounds < 1) {
    std::fprintf(stderr, "usage: coarse_against_full RANKS ROUNDS [OPERATION/COLLECTIVE ...]\n");
    return 2;
  }
  try {
    tandem::bench::print_table(ranks, rounds, {arguments + 3, arguments + count});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}

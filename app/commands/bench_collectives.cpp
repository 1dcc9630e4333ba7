#include "app/commands/bench_collectives.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "algorithms/collectives/kinds.h"
#include "app/run/collective_timing.h"
#include "app/store/csv.h"
#include "app/store/whole_file.h"
#include "app/worlds/worlds.h"
#include "core/config/json.h"
#include "core/config/nearest.h"
#include "core/errors.h"
#include "core/units.h"

namespace tandem {
namespace {

struct BenchPlan {
  std::vector<TimedOperation> operations;
  std::vector<std::size_t> counts;
  TimingOptions timing;
};

constexpr const char* kAll = "all";
constexpr const char* kDefaultAlgorithm = "auto";

[[noreturn]] void refuse_name(const std::string& option, const std::string& name, const std::string& problem,
                              const std::vector<std::string>& names) {
  throw UsageError(fmt::format("{} \"{}\": {}{}\n  allowed: {}, {}", option, name, problem, did_you_mean(name, names),
                               fmt::join(names, ", "), kAll));
}

std::vector<const OperationKind*> kinds_called(const std::vector<std::string>& names) {
  std::vector<const OperationKind*> kinds;
  std::vector<std::string> allowed;
  for (const OperationKind& kind : operation_kinds()) allowed.emplace_back(kind.name);
  for (const std::string& name : names) {
    const std::size_t before = kinds.size();
    for (const OperationKind& kind : operation_kinds()) {
      if (name == kAll || name == kind.name) kinds.push_back(&kind);
    }
    if (kinds.size() == before) refuse_name("--operation", name, "there is no operation of that name", allowed);
  }
  return kinds;
}

// Without a name: `auto` where there is one, otherwise all.
std::vector<const Collective*> algorithms_called(const OperationKind& kind, const std::vector<std::string>& names) {
  const std::vector<const Collective*> all = algorithms_of(kind);
  std::vector<const Collective*> found;
  std::vector<std::string> allowed;
  for (const Collective* algorithm : all) {
    allowed.emplace_back(algorithm->name);
    if (names.empty() && algorithm->name == kDefaultAlgorithm) return {algorithm};
  }
  if (names.empty()) return all;
  for (const std::string& name : names) {
    const std::size_t before = found.size();
    for (const Collective* algorithm : all) {
      if (name == kAll || name == algorithm->name) found.push_back(algorithm);
    }
    if (found.size() == before)
      refuse_name("--collective", name, fmt::format("there is no {} of that name", kind.name), allowed);
  }
  return found;
}

double option_value(const std::string& option, const std::string& text, Dimension dimension) {
  try {
    return parse_quantity(text, dimension);
  } catch (const QuantityError& error) {
    throw UsageError(fmt::format("{} \"{}\" {}", option, text, error.what()));
  }
}

std::vector<std::size_t> counts_of(const BenchCollectivesOptions& options) {
  const double least = option_value("--min", options.min, Dimension::bytes);
  const double most = option_value("--max", options.max, Dimension::bytes);
  constexpr double kMost = 16.0 * 1024 * 1024 * 1024;
  if (least < kBytesPerValue || least > most || most > kMost) {
    throw UsageError(
        fmt::format("--min {} --max {}: sizes go from 4 B (one value) up to 16 GiB, and --min is at most --max",
                    options.min, options.max));
  }
  std::vector<std::size_t> counts;
  for (double bytes = least; bytes <= most; bytes *= options.factor) {
    counts.push_back(static_cast<std::size_t>(bytes) / kBytesPerValue);
  }
  return counts;
}

BenchPlan bench_plan_of(const BenchCollectivesOptions& options, const Scenario& scenario) {
  BenchPlan plan;
  for (const OperationKind* kind : kinds_called(options.operations)) {
    for (const Collective* algorithm : algorithms_called(*kind, options.collectives))
      plan.operations.push_back({*kind, *algorithm});
  }
  const int ranks = scenario.cluster.workers;
  if (options.root < 0 || options.root >= ranks) {
    throw UsageError(fmt::format("--root {}: there are {} ranks, from 0 to {}", options.root, ranks, ranks - 1));
  }
  plan.counts = counts_of(options);
  if (scenario.traits().has_one_clock) plan.timing = {.time_s = 0, .least = 1, .one_clock = true};
  if (!options.time.empty()) plan.timing.time_s = option_value("--time", options.time, Dimension::time);
  return plan;
}

// busbw as nccl-tests have it: what passes each link of an algorithm with the fewest bytes, comparable with the link's
// bandwidth. What this algorithm sends stands beside it.
Json row_of(const Scenario& scenario, const TimedOperation& operation, const CallShape& shape,
            const CollectiveTiming& timing) {
  const Collective& algorithm = operation.algorithm;
  const double bytes = static_cast<double>(bytes_of(timing.count)), algbw = bytes / timing.median_s();
  Json row = {{"world", scenario.world},
              {"ranks", shape.size},
              {"operation", operation.kind.name},
              {"collective", algorithm.name},
              {"picked", algorithm.pick != nullptr ? algorithm.pick(shape).name : algorithm.name},
              {"bytes", bytes_of(timing.count)},
              {"count", timing.count},
              {"iterations", timing.times_s.size()},
              {"time_s", timing.median_s()},
              {"min_time_s", timing.min_s()},
              {"algbw_bytes_per_s", algbw},
              {"busbw_bytes_per_s", algbw * operation.kind.bus_share(shape.size)},
              {"wire_bytes", timing.wire_bytes},
              {"wrong", nullptr}};
  if (timing.wrong) row["wrong"] = *timing.wrong;
  // One rank needs no time in a simulation.
  if (timing.median_s() <= 0) row["algbw_bytes_per_s"] = row["busbw_bytes_per_s"] = nullptr;
  return row;
}

std::string cell_text(const Json& value, double unit, int decimals) {
  return value.is_null() ? "-" : fmt::format("{:.{}f}", value.get<double>() / unit, decimals);
}

std::string heading(const Scenario& scenario) {
  std::string text = fmt::format("# float32, sum; world {}, {} ranks", scenario.world, scenario.cluster.workers);
  if (scenario.cluster.ranks_per_node > 1) text += fmt::format(", {} per node", scenario.cluster.ranks_per_node);
  if (scenario.traits().predicts) {
    const Network& network = scenario.cluster.network;
    text += fmt::format("; {} of {}, {}, {}: simulated time", network.topology,
                        format_quantity(network.bandwidth_bytes_per_s, Dimension::data_rate),
                        format_quantity(network.latency_s, Dimension::time), network.model.name);
  }
  constexpr const char* kColumns = "\n#{:>11} {:>11}  {:<14} {:<18} {:>11} {:>11} {:>8} {:>8} {:>12} {:>7}";
  return text +
         fmt::format(fmt::runtime(kColumns), "size", "count", "operation", "collective", "time", "min", "algbw",
                     "busbw", "most sent", "#wrong") +
         fmt::format(fmt::runtime(kColumns), "(B)", "(elements)", "", "", "(us)", "(us)", "(GB/s)", "(GB/s)", "(B)",
                     "") +
         "\n";
}

std::string line_of(const Json& row) {
  return fmt::format("{:>12} {:>11}  {:<14} {:<18} {:>11} {:>11} {:>8} {:>8} {:>12} {:>7}\n",
                     row["bytes"].get<std::size_t>(), row["count"].get<std::size_t>(),
                     row["operation"].get<std::string>(), row["picked"].get<std::string>(),
                     cell_text(row["time_s"], 1e-6, 2), cell_text(row["min_time_s"], 1e-6, 2),
                     cell_text(row["algbw_bytes_per_s"], 1e9, 2), cell_text(row["busbw_bytes_per_s"], 1e9, 2),
                     row["wire_bytes"].get<std::uint64_t>(), cell_text(row["wrong"], 1, 0));
}

// A barrier has no size, and parts that must be equal cut a vector a little.
std::vector<std::size_t> counts_for(const OperationKind& kind, const std::vector<std::size_t>& counts, int ranks) {
  if (!kind.has_values) return {0};
  std::vector<std::size_t> usable = counts;
  if (kind.needs_equal_parts) {
    const auto parts = static_cast<std::size_t>(ranks);
    for (std::size_t& count : usable) count = std::max(parts, count / parts * parts);
    usable.erase(std::unique(usable.begin(), usable.end()), usable.end());
  }
  return usable;
}

// On every rank; rank 0 prints each line when it is known.
void measure(const Scenario& scenario, Endpoint& endpoint, const BenchPlan& plan, int root, bool prints,
             std::FILE* found) {
  Comm comm(endpoint, {.payload = scenario.payload,
                       .timeout_s = wait_limit_s(scenario.traits(), scenario.timeout_s),
                       .nodes = scenario.cluster.nodes()});
  Json rows = Json::array();
  for (const TimedOperation& operation : plan.operations) {
    for (const std::size_t count : counts_for(operation.kind, plan.counts, comm.size())) {
      const CallShape shape = shape_of(comm, count, operation.kind.has_root ? root : 0);
      const CollectiveTiming timing = time_operation(comm, operation, shape, plan.timing);
      if (comm.rank() != 0) continue;
      rows.push_back(row_of(scenario, operation, shape, timing));
      if (prints) fmt::print("{}", line_of(rows.back()));
      std::fflush(stdout);
    }
  }
  if (comm.rank() == 0) fmt::print(found, "{}", rows.dump());
}

std::string csv_of(const Json& rows) {
  std::string text;
  for (const Json& row : rows) {
    std::vector<std::string> names, fields;
    for (const auto& [name, value] : row.items()) {
      names.push_back(name);
      fields.push_back(value.is_null() ? "" : value.is_string() ? value.get<std::string>() : value.dump());
    }
    if (text.empty()) text = csv_line(names);
    text += csv_line(fields);
  }
  return text;
}

int report(const Json& rows, const BenchCollectivesOptions& options) {
  if (options.json) fmt::print("{}\n", rows.dump(2));
  if (!options.csv.empty()) write_whole_file(options.csv, csv_of(rows));
  std::uint64_t wrong = 0, unchecked = 0;
  for (const Json& row : rows) {
    if (row["wrong"].is_null()) ++unchecked;
    if (!row["wrong"].is_null()) wrong += row["wrong"].get<std::uint64_t>();
  }
  if (!options.json) {
    fmt::print("# {}\n", wrong > 0       ? fmt::format("WRONG: {} values are not what they should be", wrong)
                         : unchecked > 0 ? "sizes only: no result was checked"
                                         : "every value of every rank is right");
  }
  return wrong > 0 ? kCheckFailed : kSuccess;
}

}  // namespace

void add_bench_collectives(CLI::App& app, BenchCollectivesOptions& options) {
  CLI::App* bench = app.add_subcommand("bench-collectives", "Time collectives by size, and check what they leave");
  add_measured_world(*bench, options.world, "cluster.network.bandwidth=1Gbit/s", "The number of ranks");
  bench
      ->add_option("-o,--operation", options.operations,
                   "all-reduce, reduce-scatter, all-gather, broadcast, reduce, gather, scatter, all-to-all, barrier, "
                   "or all (repeatable)")
      ->allow_extra_args(false)
      ->capture_default_str();
  bench
      ->add_option("-c,--collective", options.collectives,
                   "Its algorithm, or all (repeatable; default: auto, and all of an operation that has no auto)")
      ->allow_extra_args(false);
  bench->add_option("--root", options.root, "The root of operations that have one")->capture_default_str();
  bench->add_option("--min", options.min, "The smallest vector")->capture_default_str();
  bench->add_option("--max", options.max, "The largest vector")->capture_default_str();
  bench->add_option("--factor", options.factor, "Each vector is this many times the last")
      ->capture_default_str()
      ->check(CLI::Range(2, 1'000'000));
  bench->add_option("--time", options.time, "How long to time each size (default: 200ms; in sim, one call)");
  bench->add_option("--hostfile", options.world.mpirun.hostfile, "World mpi: the hosts, as mpirun reads them")
      ->check(CLI::ExistingFile);
  bench->add_option("--csv", options.csv, "Write the rows to this file, too");
  bench->add_flag("--force", options.force, "Replace that file");
  bench->add_flag("--json", options.json, "Print the rows as JSON");
}

int bench_collectives_command(const BenchCollectivesOptions& options) {
  BenchPlan plan;
  const auto check = [&](const Scenario& scenario, bool is_first) {
    plan = bench_plan_of(options, scenario);
    if (is_first) refuse_to_replace(options.csv, options.force);
  };
  const auto begin = [&](const Scenario& scenario) {
    if (!options.json) fmt::print("{}", heading(scenario));
  };
  const auto measure_sizes = [&](const Scenario& scenario, Endpoint& endpoint, std::FILE* found) {
    measure(scenario, endpoint, plan, options.root, !options.json, found);
  };
  const auto report_rows = [&](const Scenario&, const std::string& found) {
    return report(Json::parse(found), options);
  };
  return measure_world(options.world, {.command = "bench-collectives",
                                       .question = "How long do collectives take?",
                                       .check = check,
                                       .begin = begin,
                                       .measure = measure_sizes,
                                       .report = report_rows});
}

}  // namespace tandem

#include "app/commands/bench_collectives.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "algorithms/collectives/pick.h"
#include "app/launch/crew.h"
#include "app/launch/mpi_launch.h"
#include "app/run/collective_timing.h"
#include "app/scenario/loader.h"
#include "app/store/columns.h"
#include "app/store/csv.h"
#include "app/store/whole_file.h"
#include "app/worlds.h"
#include "core/config/nearest.h"
#include "core/units.h"
#include "real/mpi/world.h"

namespace tandem {
namespace {

using Json = nlohmann::ordered_json;

// The world and its cluster are keys of a scenario; the rest of it is not used.
constexpr const char* kScenario = R"(tandem: 1
name: bench-collectives
question: How long does an all-reduce take?
workload: {model: {name: linear}, batch: {global: 1}, stop: {steps: 1}}
cluster: {workers: 2}
)";

struct Sweep {
  Scenario scenario;
  std::vector<const Collective*> collectives;
  std::vector<std::size_t> counts;
  TimingOptions timing;
};

const Collective& collective_called(const std::string& name) {
  const Collective* found = all_collectives().find(name);
  if (found != nullptr && found->all_reduce) return *found;
  std::vector<std::string> names;
  for (const Collective& collective : all_collectives()) {
    if (collective.all_reduce) names.emplace_back(collective.name);
  }
  const std::string meant = nearest(name, names);
  throw UsageError(fmt::format("--collective \"{}\": there is none of that name{}\n  allowed: {}", name,
                               meant.empty() ? "" : fmt::format("; did you mean \"{}\"?", meant),
                               fmt::join(names, ", ")));
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

Sweep sweep_of(const BenchCollectivesOptions& options, const std::optional<StartedAs>& job) {
  Sweep sweep{.scenario = parse_plan(kScenario, "bench-collectives", options.overrides).points.front().scenario};
  Scenario& scenario = sweep.scenario;
  if (find_world(scenario.world) == nullptr)
    throw UsageError(fmt::format("world {} is not in this build", scenario.world));
  if (job && scenario.world != "mpi") {
    throw UsageError(fmt::format("in an MPI job only the mpi world runs, not {}: -w mpi", scenario.world));
  }
  for (const std::string& name : options.collectives) sweep.collectives.push_back(&collective_called(name));
  sweep.counts = counts_of(options);
  if (is_simulated(*find_world(scenario.world))) sweep.timing = {.time_s = 0, .least = 1};
  if (!options.time.empty()) sweep.timing.time_s = option_value("--time", options.time, Dimension::time);
  return sweep;
}

// 2 (n-1)/n of the vector passes each link, whatever the collective: comparable with the link's bandwidth.
double bus_share(int ranks) { return 2 * (ranks - 1.0) / ranks; }

Json row_of(const Sweep& sweep, const Collective& collective, const CollectiveTiming& timing) {
  const int ranks = sweep.scenario.cluster.workers;
  const double bytes = static_cast<double>(bytes_of(timing.count)), algbw = bytes / timing.median_s();
  Json row = {{"world", sweep.scenario.world},
              {"ranks", ranks},
              {"collective", collective.name},
              {"picked", collective.picks_by_size ? pick_all_reduce(ranks, timing.count).name : collective.name},
              {"bytes", bytes_of(timing.count)},
              {"count", timing.count},
              {"iterations", timing.times_s.size()},
              {"time_s", timing.median_s()},
              {"min_time_s", timing.min_s()},
              {"algbw_bytes_per_s", algbw},
              {"busbw_bytes_per_s", algbw * bus_share(ranks)},
              {"wrong", nullptr}};
  if (timing.wrong) row["wrong"] = *timing.wrong;
  // One rank needs no time in a simulation.
  if (timing.median_s() <= 0) row["algbw_bytes_per_s"] = row["busbw_bytes_per_s"] = nullptr;
  return row;
}

std::string text_of(const Json& value, double unit, int decimals) {
  return value.is_null() ? "-" : fmt::format("{:.{}f}", value.get<double>() / unit, decimals);
}

std::string heading(const Sweep& sweep) {
  const Scenario& scenario = sweep.scenario;
  std::string text =
      fmt::format("# all-reduce of float32, sum; world {}, {} ranks", scenario.world, scenario.cluster.workers);
  if (scenario.world == "sim") {
    const Network& network = scenario.cluster.network;
    text += fmt::format("; {} of {}, {}, {}: simulated time", network.topology,
                        format_quantity(network.bandwidth_bytes_per_s, Dimension::data_rate),
                        format_quantity(network.latency_s, Dimension::time), network.model.name);
  }
  return text + fmt::format(
                    "\n#{:>11} {:>11}  {:<18} {:>11} {:>11} {:>8} {:>8} {:>7}\n#{:>11} {:>11}  {:<18} {:>11} {:>11} "
                    "{:>8} {:>8}\n",
                    "size", "count", "collective", "time", "min", "algbw", "busbw", "#wrong", "(B)", "(elements)", "",
                    "(us)", "(us)", "(GB/s)", "(GB/s)");
}

std::string line_of(const Json& row) {
  return fmt::format("{:>12} {:>11}  {:<18} {:>11} {:>11} {:>8} {:>8} {:>7}\n", row["bytes"].get<std::size_t>(),
                     row["count"].get<std::size_t>(), row["picked"].get<std::string>(), text_of(row["time_s"], 1e-6, 2),
                     text_of(row["min_time_s"], 1e-6, 2), text_of(row["algbw_bytes_per_s"], 1e9, 2),
                     text_of(row["busbw_bytes_per_s"], 1e9, 2), text_of(row["wrong"], 1, 0));
}

// On every rank; rank 0 prints each line when it is known, and leaves all rows in `file`: it may be another process
// than the one that asked.
void measure(Endpoint& endpoint, const Sweep& sweep, bool prints, FILE* file) {
  const Scenario& scenario = sweep.scenario;
  Comm comm(endpoint,
            {.payload = scenario.payload, .timeout_s = wait_limit_s(*find_world(scenario.world), scenario.timeout_s)});
  Json rows = Json::array();
  for (const Collective* collective : sweep.collectives) {
    for (const std::size_t count : sweep.counts) {
      const CollectiveTiming timing = time_all_reduce(comm, *collective, count, sweep.timing);
      if (comm.rank() != 0) continue;
      rows.push_back(row_of(sweep, *collective, timing));
      if (prints) fmt::print("{}", line_of(rows.back()));
      std::fflush(stdout);
    }
  }
  if (comm.rank() == 0) fmt::print(file, "{}", rows.dump());
  std::fflush(file);
}

Json read_back(FILE* file) {
  std::rewind(file);
  return Json::parse(file);
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
    fmt::print("# {}\n", wrong > 0       ? fmt::format("WRONG: {} values are not the sum", wrong)
                         : unchecked > 0 ? "sizes only: no result was checked"
                                         : "every value of every rank is the sum");
  }
  constexpr int kCheckFailed = 3;
  return wrong > 0 ? kCheckFailed : 0;
}

}  // namespace

void add_bench_collectives(CLI::App& app, BenchCollectivesOptions& options) {
  CLI::App* bench = app.add_subcommand("bench-collectives", "Time all-reduces by size, and check what they sum");
  const auto set = [&options](const std::string& key) {
    return [&options, key](const std::string& value) { options.overrides.push_back(key + "=" + value); };
  };
  // First: it replaces what was set before.
  bench
      ->add_option("-s,--set", options.overrides,
                   "A key of a scenario: -s cluster.network.bandwidth=1Gbit/s (repeatable)")
      ->allow_extra_args(false);
  bench->add_option_function<std::string>("-w,--world", set("world"), "The world (default: threads)");
  bench->add_option_function<std::string>("-n,--ranks", set("cluster.workers"), "The number of ranks (default: 2)");
  bench->add_option("-c,--collective", options.collectives, "Which (repeatable; default: auto)")
      ->allow_extra_args(false);
  bench->add_option("--min", options.min, "The smallest vector")->capture_default_str();
  bench->add_option("--max", options.max, "The largest vector")->capture_default_str();
  bench->add_option("--factor", options.factor, "Each is so many times the last")
      ->capture_default_str()
      ->check(CLI::Range(2, 1'000'000));
  bench->add_option("--time", options.time, "How long to time each size (default: 200ms; in sim, one all-reduce)");
  bench->add_option("--hostfile", options.hostfile, "World mpi: the hosts, as mpirun reads them")
      ->check(CLI::ExistingFile);
  bench->add_option("--csv", options.csv, "Write the rows to this file, too");
  bench->add_flag("--force", options.force, "Replace that file");
  bench->add_flag("--json", options.json, "Print the rows as JSON");
}

int bench_collectives_command(const BenchCollectivesOptions& options) {
  require_alone("bench-collectives", /*or_by_mpi=*/false);
  std::optional<StartedAs> job = started_as();
  const bool is_by_mpi = job && job->by_mpi;
  if (!is_by_mpi || job->processes == 1) job.reset();
  const bool speaks = !job || job->process == 0;
  Sweep sweep;
  try {
    const auto load = [&] {
      sweep = sweep_of(options, job);
      if (speaks) refuse_to_replace(options.csv, options.force);
    };
    job ? in_agreement(mpi_crew(), load) : load();
  } catch (const UsageError&) {
    constexpr int kUsage = 2;
    if (speaks) throw;
    return kUsage;
  }
  const Scenario& scenario = sweep.scenario;
  if (scenario.world == "mpi" && !is_by_mpi) {
    become(mpirun_line(scenario.cluster.workers, options.hostfile, options.arguments));
  }
  const std::unique_ptr<FILE, int (*)(FILE*)> rows(std::tmpfile(), std::fclose);
  if (rows == nullptr) throw RunFailed("no temporary file can be made");
  if (speaks && !options.json) fmt::print("{}", heading(sweep));
  std::fflush(stdout);
  find_world(scenario.world)
      ->run({.ranks = scenario.cluster.workers,
             .payload = scenario.payload,
             .timeout_s = scenario.timeout_s,
             .cluster = scenario.cluster,
             .fidelity = scenario.fidelity},
            [&](Endpoint& endpoint) { measure(endpoint, sweep, !options.json, rows.get()); });
  return speaks ? report(read_back(rows.get()), options) : 0;
}

}  // namespace tandem

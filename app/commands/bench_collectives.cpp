#include "app/commands/bench_collectives.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "algorithms/collectives/pick.h"
#include "app/run/collective_timing.h"
#include "app/store/csv.h"
#include "app/store/whole_file.h"
#include "app/worlds/worlds.h"
#include "core/config/nearest.h"
#include "core/errors.h"
#include "core/units.h"

namespace tandem {
namespace {

using Json = nlohmann::ordered_json;

struct Sweep {
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

Sweep sweep_of(const BenchCollectivesOptions& options, const World& world) {
  Sweep sweep;
  for (const std::string& name : options.collectives) sweep.collectives.push_back(&collective_called(name));
  sweep.counts = counts_of(options);
  if (world.is_simulated()) sweep.timing = {.time_s = 0, .least = 1, .one_clock = true};
  if (!options.time.empty()) sweep.timing.time_s = option_value("--time", options.time, Dimension::time);
  return sweep;
}

// 2 (n-1)/n of the vector passes each link, whatever the collective: comparable with the link's bandwidth.
double bus_share(int ranks) { return 2 * (ranks - 1.0) / ranks; }

Json row_of(const Scenario& scenario, const Collective& collective, const CollectiveTiming& timing) {
  const int ranks = scenario.cluster.workers;
  const double bytes = static_cast<double>(bytes_of(timing.count)), algbw = bytes / timing.median_s();
  Json row = {{"world", scenario.world},
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

std::string heading(const Scenario& scenario) {
  std::string text =
      fmt::format("# all-reduce of float32, sum; world {}, {} ranks", scenario.world, scenario.cluster.workers);
  if (scenario.traits().is_simulated()) {
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

// On every rank; rank 0 prints each line when it is known.
void measure(const Scenario& scenario, Endpoint& endpoint, const Sweep& sweep, bool prints, std::FILE* found) {
  Comm comm(endpoint, {.payload = scenario.payload, .timeout_s = wait_limit_s(scenario.traits(), scenario.timeout_s)});
  Json rows = Json::array();
  for (const Collective* collective : sweep.collectives) {
    for (const std::size_t count : sweep.counts) {
      const CollectiveTiming timing = time_all_reduce(comm, *collective, count, sweep.timing);
      if (comm.rank() != 0) continue;
      rows.push_back(row_of(scenario, *collective, timing));
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
    fmt::print("# {}\n", wrong > 0       ? fmt::format("WRONG: {} values are not the sum", wrong)
                         : unchecked > 0 ? "sizes only: no result was checked"
                                         : "every value of every rank is the sum");
  }
  return wrong > 0 ? kCheckFailed : kSuccess;
}

}  // namespace

void add_bench_collectives(CLI::App& app, BenchCollectivesOptions& options) {
  CLI::App* bench = app.add_subcommand("bench-collectives", "Time all-reduces by size, and check what they sum");
  add_measured_world(*bench, options.world, "cluster.network.bandwidth=1Gbit/s", "The number of ranks");
  bench->add_option("-c,--collective", options.collectives, "Which (repeatable; default: auto)")
      ->allow_extra_args(false);
  bench->add_option("--min", options.min, "The smallest vector")->capture_default_str();
  bench->add_option("--max", options.max, "The largest vector")->capture_default_str();
  bench->add_option("--factor", options.factor, "Each vector is this many times the last")
      ->capture_default_str()
      ->check(CLI::Range(2, 1'000'000));
  bench->add_option("--time", options.time, "How long to time each size (default: 200ms; in sim, one all-reduce)");
  bench->add_option("--hostfile", options.world.mpirun.hostfile, "World mpi: the hosts, as mpirun reads them")
      ->check(CLI::ExistingFile);
  bench->add_option("--csv", options.csv, "Write the rows to this file, too");
  bench->add_flag("--force", options.force, "Replace that file");
  bench->add_flag("--json", options.json, "Print the rows as JSON");
}

int bench_collectives_command(const BenchCollectivesOptions& options) {
  Sweep sweep;
  const auto check = [&](const Scenario& scenario, bool is_first) {
    sweep = sweep_of(options, scenario.traits());
    if (is_first) refuse_to_replace(options.csv, options.force);
  };
  const auto begin = [&](const Scenario& scenario) {
    if (!options.json) fmt::print("{}", heading(scenario));
  };
  const auto measure_sizes = [&](const Scenario& scenario, Endpoint& endpoint, std::FILE* found) {
    measure(scenario, endpoint, sweep, !options.json, found);
  };
  const auto report_rows = [&](const Scenario&, const std::string& found) {
    return report(Json::parse(found), options);
  };
  return measure_world(options.world, {.command = "bench-collectives",
                                       .question = "How long does an all-reduce take?",
                                       .check = check,
                                       .begin = begin,
                                       .measure = measure_sizes,
                                       .report = report_rows});
}

}  // namespace tandem

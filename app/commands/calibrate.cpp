#include "app/commands/calibrate.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <optional>

#include "app/launch/crew.h"
#include "app/launch/mpi_launch.h"
#include "app/run/calibration.h"
#include "app/scenario/loader.h"
#include "app/store/whole_file.h"
#include "app/worlds.h"
#include "core/units.h"

namespace tandem {
namespace {

// The world and its cluster are keys of a scenario; the rest of it is not used.
constexpr const char* kScenario = R"(tandem: 1
name: calibrate
question: What is this machine?
workload: {model: {name: linear}, batch: {global: 1}, stop: {steps: 1}}
cluster: {workers: 2}
)";

std::string rounded(double value, Dimension dimension) { return format_quantity(value, dimension, 4); }

std::string table_text(const Calibration& found) {
  std::string text = "# bytes each way      time    rate each way\n";
  for (const MessageTime& time : found.times) {
    text += fmt::format("# {:>14.0f}  {:>9}  {:>14}\n", time.bytes, rounded(time.time_s, Dimension::time),
                        rounded(time.bytes / time.time_s, Dimension::data_rate));
  }
  return text;
}

// What a scenario starts from. Of emulated links it is what holds at every rate: speeds and rates are its own.
std::string cluster_text(const Scenario& scenario, const Calibration& found) {
  const Cluster& cluster = scenario.cluster;
  const double bandwidth = found.bandwidth_bytes_per_s();
  const std::string latency = rounded(found.latency_s(), Dimension::time);
  std::string text = fmt::format("# Measured by `tandem calibrate`: world {}, {} ranks{}.\n{}", scenario.world,
                                 cluster.workers, cluster.emulate ? ", emulated links" : "", table_text(found));
  text += fmt::format("# Empty messages follow each other every {}.\n", rounded(found.gap_s, Dimension::time));
  if (cluster.emulate) {
    return text + fmt::format("network: {{latency: {}, bandwidth_factor: {:.4f}}}\n", latency,
                              bandwidth / cluster.network.bandwidth_bytes_per_s);
  }
  return text + fmt::format("host: {{speed: {}}}\nnetwork: {{bandwidth: {}, latency: {}}}\n",
                            rounded(found.flops_per_s, Dimension::compute_rate),
                            rounded(bandwidth, Dimension::data_rate), latency);
}

Scenario scenario_of(const CalibrateOptions& options) {
  Scenario scenario = parse_plan(kScenario, "calibrate", options.overrides).points.front().scenario;
  if (find_world(scenario.world) == nullptr)
    throw UsageError(fmt::format("world {} is not in this build", scenario.world));
  if (scenario.cluster.workers < 2)
    throw UsageError("calibrate needs 2 ranks at least: messages go from one to another");
  return scenario;
}

std::string content_of(FILE* file) {
  std::rewind(file);
  std::string text;
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += static_cast<char>(c);
  return text;
}

}  // namespace

void add_calibrate(CLI::App& app, CalibrateOptions& options) {
  CLI::App* calibrate = app.add_subcommand("calibrate", "Measure this machine, and write it down as a cluster");
  const auto set = [&options](const std::string& key) {
    return [&options, key](const std::string& value) { options.overrides.push_back(key + "=" + value); };
  };
  // First: it replaces what was set before.
  calibrate->add_option("-s,--set", options.overrides, "A key of a scenario: -s timeout=10s (repeatable)")
      ->allow_extra_args(false);
  calibrate->add_option_function<std::string>("-w,--world", set("world"), "The world to measure in (default: threads)");
  calibrate->add_option_function<std::string>("-n,--ranks", set("cluster.workers"),
                                              "How many ranks compute at once (default: 2)");
  calibrate->add_option("--time", options.time_s, "Seconds to measure each of about ten things")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  calibrate->add_option("-o,--output", options.output, "The cluster file to write (default: standard output)");
  calibrate->add_flag("--force", options.force, "Replace that file");
}

int calibrate_command(const CalibrateOptions& options) {
  const Scenario scenario = scenario_of(options);
  refuse_to_replace(options.output, options.force);
  require_alone("calibrate", /*or_by_mpi=*/false);
  const std::optional<StartedAs> job = started_as();
  const bool is_by_mpi = job && job->by_mpi;
  if (scenario.world == "mpi" && !is_by_mpi) become(mpirun_line(scenario.cluster.workers, "", options.arguments));
  // Rank 0 may be another process than this one.
  const std::unique_ptr<FILE, int (*)(FILE*)> found(std::tmpfile(), std::fclose);
  if (found == nullptr) throw RunFailed("no temporary file can be made");
  const World& world = *find_world(scenario.world);
  const WorldOptions how{
      .ranks = scenario.cluster.workers, .timeout_s = scenario.timeout_s, .cluster = scenario.cluster};
  world.run(how, [&](Endpoint& endpoint) {
    Comm comm(endpoint, {.timeout_s = wait_limit_s(world, scenario.timeout_s)});
    const Calibration calibration = calibrate(comm, is_simulated(world) ? 0 : options.time_s);
    if (comm.rank() != 0) return;
    fmt::print(found.get(), "{}", cluster_text(scenario, calibration));
    std::fflush(found.get());
  });
  const std::string text = content_of(found.get());
  if (text.empty()) return 0;  // another process of an MPI job speaks
  if (options.output.empty()) {
    fmt::print("{}", text);
  } else {
    write_whole_file(options.output, text);
    fmt::print("{}", text.substr(text.find(scenario.cluster.emulate ? "network:" : "host:")));
    fmt::print("written: {}; start from it with `cluster: {{from: {}}}`\n", options.output, options.output);
  }
  return 0;
}

}  // namespace tandem

#include "app/commands/calibrate.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "app/run/calibration.h"
#include "app/store/whole_file.h"
#include "app/worlds/worlds.h"
#include "core/comm.h"
#include "core/errors.h"
#include "core/units.h"

namespace tandem {
namespace {

std::string rounded(double value, Dimension dimension) { return format_quantity(value, dimension, 4); }

std::string table_text(const Calibration& found) {
  std::string text = "# bytes each way      time    rate each way\n";
  for (const MessageTime& time : found.times) {
    text += fmt::format("# {:>14.0f}  {:>9}  {:>14}\n", time.bytes, rounded(time.time_s, Dimension::time),
                        rounded(time.bytes / time.time_s, Dimension::data_rate));
  }
  return text;
}

// What a reader should know about the measurement before he believes it.
std::string remarks_text(const MessageRates& rates) {
  std::string text;
  for (const double bytes : rates.doubtful_bytes) {
    text += fmt::format(
        "# Messages of {:.0f} bytes took no longer than smaller ones: the machine did other things, too.\n", bytes);
  }
  if (!rates.doubtful_bytes.empty()) text += "# Their times were averaged; a longer --time may tell them apart.\n";
  if (rates.factors.empty()) return text;
  const auto slowest = std::ranges::min_element(rates.factors, {}, &SizeFactor::factor);
  return text +
         fmt::format("# No one bandwidth holds for all sizes: beyond {:.0f} bytes it is {}, {:.2g} of the highest.\n",
                     slowest->above_bytes, rounded(slowest->factor * rates.bandwidth_bytes_per_s, Dimension::data_rate),
                     slowest->factor);
}

std::string size_factors_text(const std::vector<SizeFactor>& factors) {
  std::string text;
  for (const SizeFactor& factor : factors)
    text += fmt::format("{}{{above: {:.0f}B, factor: {:.4g}}}", text.empty() ? "" : ", ", factor.above_bytes,
                        factor.factor);
  return text.empty() ? "" : fmt::format(",\n          size_factors: [{}]", text);
}

// The keys that a scenario starts from. With emulated links only those that hold at every rate: speeds and rates are
// the scenario's.
std::string cluster_text(const Scenario& scenario, const Calibration& found) {
  const Cluster& cluster = scenario.cluster;
  const MessageRates rates = message_rates(found);
  std::string text =
      fmt::format("# Measured by `tandem calibrate`: world {}, {} ranks{}.\n{}{}", scenario.world, cluster.workers,
                  cluster.emulate ? ", emulated links" : "", table_text(found), remarks_text(rates));
  text += fmt::format("# Empty messages follow each other every {}.\n", rounded(found.gap_s, Dimension::time));
  const std::string speed =
      cluster.emulate ? "" : fmt::format("speed: {}, ", rounded(found.flops_per_s, Dimension::compute_rate));
  const std::string bandwidth =
      cluster.emulate ? fmt::format("bandwidth_factor: {:.4g}",
                                    std::min(1.0, rates.bandwidth_bytes_per_s / cluster.network.bandwidth_bytes_per_s))
                      : fmt::format("bandwidth: {}", rounded(rates.bandwidth_bytes_per_s, Dimension::data_rate));
  return text + fmt::format("host: {{{}message_overhead: {}}}\nnetwork: {{{}, latency: {}{}}}\n", speed,
                            rounded(found.message_overhead_s(), Dimension::time), bandwidth,
                            rounded(found.latency_s(), Dimension::time), size_factors_text(rates.factors));
}

}  // namespace

void add_calibrate(CLI::App& app, CalibrateOptions& options) {
  CLI::App* calibrate = app.add_subcommand("calibrate", "Measure this machine, and write it down as a cluster");
  add_measured_world(*calibrate, options.world, "timeout=10s", "How many ranks compute at once");
  calibrate->add_option("--time", options.time_s, "Seconds to measure each of about ten things")
      ->capture_default_str()
      ->check(CLI::PositiveNumber)
      ->check(not_nan());
  calibrate->add_option("-o,--output", options.output, "The cluster file to write (default: standard output)");
  calibrate->add_flag("--force", options.force, "Replace that file");
}

int calibrate_command(const CalibrateOptions& options) {
  const auto check = [&](const Scenario& scenario, bool is_first) {
    if (scenario.cluster.workers < 2)
      throw UsageError("calibrate needs 2 ranks at least: messages go from one to another");
    if (is_first) refuse_to_replace(options.output, options.force);
  };
  const auto measure = [&](const Scenario& scenario, Endpoint& endpoint, std::FILE* found) {
    const World& world = scenario.traits();
    Comm comm(endpoint, {.timeout_s = wait_limit_s(world, scenario.timeout_s)});
    const Calibration calibration = calibrate(comm, world.has_one_clock ? 0 : options.time_s);
    if (comm.rank() == 0) fmt::print(found, "{}", cluster_text(scenario, calibration));
  };
  const auto report = [&](const Scenario&, const std::string& text) {
    if (options.output.empty()) {
      fmt::print("{}", text);
      return int{kSuccess};
    }
    write_whole_file(options.output, text);
    fmt::print("{}", text.substr(text.find("host:")));
    fmt::print("written: {}; start from it with `cluster: {{from: {}}}`\n", options.output, options.output);
    return int{kSuccess};
  };
  return measure_world(options.world, {.command = "calibrate",
                                       .question = "What is this machine?",
                                       .check = check,
                                       .measure = measure,
                                       .report = report});
}

}  // namespace tandem

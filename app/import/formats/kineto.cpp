// A trace of PyTorch's profiler becomes a profile, a scenario with the strategy that the trace shows, and a table of
// what was measured, for `tandem compare`.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "app/import/format.h"
#include "app/import/formats/kineto_step.h"
#include "app/import/json_text.h"
#include "app/import/origin.h"
#include "app/store/csv.h"
#include "core/units.h"

namespace tandem::formats {
namespace {

// Times become flops at a speed that scenarios then state, so that they are times again.
constexpr double kFlopsPerUs = 1e6;

std::string us_text(double us) { return format_quantity(us * 1e-6, Dimension::time, 4); }
std::string bytes_text(double bytes) { return format_quantity(bytes, Dimension::bytes, 4); }
double total(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

std::string parameters_origin(const MeasuredStep& step) {
  if (step.shapes_were_recorded)
    return origin_comment(Origin::derived,
                          "parameters are the recorded shapes of the operators' inputs (record_shapes)");
  if (!step.bucket_bytes.empty()) {
    return origin_comment(Origin::assumed,
                          "parameters: shapes were not recorded, so each bucket's float32 values are shared among the "
                          "layers whose backward pass ran before it, by backward time");
  }
  return origin_comment(Origin::assumed,
                        "parameters are 0: neither shapes (record_shapes=True) nor sizes of messages were recorded");
}

std::string communication_comment(const MeasuredStep& step) {
  if (step.collectives.empty() && step.communication_us == 0)
    return comment("The trace has no communication events. That says nothing of how long communication takes.");
  std::string calls;
  for (const auto& [name, count] : step.collectives)
    calls += fmt::format("{}{} x {}", calls.empty() ? "" : ", ", name, count);
  std::string text = origin_comment(Origin::measured, fmt::format("collectives in the whole trace: {}", calls));
  if (step.on_device) {
    text +=
        origin_comment(Origin::measured,
                       fmt::format("communication {} per step, of which {} are exposed: nothing else ran on the device",
                                   us_text(step.communication_us), us_text(step.exposed_us)));
  }
  if (step.bucket_bytes.empty()) return text + comment("The sizes of messages were not recorded.");
  std::string sizes;
  for (std::size_t i = 0; i < step.bucket_bytes.size() && i < 40; ++i)
    sizes += fmt::format("{}{}", i == 0 ? "" : ", ", bytes_text(step.bucket_bytes[i]));
  return text + origin_comment(Origin::measured,
                               fmt::format("{} all-reduces per step, {} together: {}", step.bucket_bytes.size(),
                                           bytes_text(total(step.bucket_bytes)), sizes));
}

std::string profile_text(const MeasuredStep& step, const InputFile& input, const std::string& stem) {
  std::string text = comment(fmt::format("From a trace of PyTorch's profiler, {}: {} layers, {} steps averaged.",
                                         input.path(), step.layers.size(), step.steps));
  text += communication_comment(step);
  text += origin_comment(
      Origin::measured,
      fmt::format("a layer's time is that of {}; it is written as flops at 1 Tflop/s, so a sample is one step's batch "
                  "and host.speed is 1Tflop/s",
                  step.on_device ? "the kernels that its operators launched" : "its operators on the processor"));
  text += origin_comment(
      Origin::measured,
      fmt::format("{} per step belong to no layer (the optimizer, copies) and are left out", us_text(step.other_us)));
  if (step.on_device) {
    text += origin_comment(Origin::measured,
                           fmt::format("a step lasts {}; kernels that are no communication ran in {} of it",
                                       us_text(step.length_us), us_text(step.computing_us)));
  }
  text += parameters_origin(step);
  text += comment(
      "Layers begin at operators with weights; what follows up to the next one belongs to them. Activations "
      "are not in a trace: a pipeline would need them.");
  text += fmt::format("name: {}\nsource: {}\nlayers:\n", nlohmann::json(stem).dump(),
                      nlohmann::json("a trace of PyTorch's profiler, " + input.path()).dump());
  for (const MeasuredLayer& layer : step.layers) {
    text += fmt::format(
        "  - {{name: {}, parameters: {:.0f}, forward_flops: {:.0f}flop, backward_flops: {:.0f}flop}}  # {} "
        "+ {}\n",
        layer.name, layer.parameters, std::round(layer.forward_us * kFlopsPerUs),
        std::round(layer.backward_us * kFlopsPerUs), us_text(layer.forward_us), us_text(layer.backward_us));
  }
  return text;
}

/// "all_to_all x 42, ...": collectives that data parallelism by all-reduces does not have.
std::vector<std::string> left_out(const MeasuredStep& step) {
  std::vector<std::string> names;
  for (const auto& [name, count] : step.collectives) {
    if (name != "all_reduce") names.push_back(fmt::format("{} x {}", name, count));
  }
  return names;
}

std::string scenario_text(const MeasuredStep& step, const KinetoTrace& trace, const std::string& stem) {
  const bool has_buckets = !step.bucket_bytes.empty();
  std::string text =
      comment(fmt::format("The strategy that the trace shows. tandem compare THIS --measured {}-measured.csv", stem));
  if (const std::vector<std::string> names = left_out(step); !names.empty()) {
    text += comment(
        fmt::format("The trace also has {}, which this strategy does not: a simulation sends less than was traced.",
                    fmt::join(names, ", ")));
  }
  text += fmt::format("tandem: 1\nname: {}\nquestion: \"How near does a simulation come to the traced step?\"\n",
                      nlohmann::json(stem).dump());
  text += fmt::format("workload:\n  model: {{name: profile, profile: {}.yaml}}\n", stem);
  text += comment("A sample is one step's batch.", 2);
  text += "  batch: {per_worker: 1}\n  stop: {steps: 1}\n";
  if (has_buckets) {
    const double largest = *std::max_element(step.bucket_bytes.begin(), step.bucket_bytes.end());
    text +=
        origin_comment(Origin::measured, "the largest bucket; all-reduces run beside the backward pass, as DDP's do");
    text += fmt::format("strategy: {{name: allreduce, overlap: true, bucket: {:.0f}B}}\n", largest);
  } else {
    text += origin_comment(Origin::assumed, "the trace does not say which strategy it was");
    text += "strategy: {name: allreduce}\n";
  }
  text += "world: sim\ncluster:\n";
  text += trace.ranks > 0 ? origin_comment(Origin::stated, "the trace's world_size", 2)
                          : origin_comment(Origin::assumed, "the trace does not say how many ranks there were", 2);
  text += fmt::format("  workers: {}\n", std::max(trace.ranks, 1L));
  text += origin_comment(Origin::assumed, "the speed at which the profile's times were written as flops", 2);
  text += "  host: {speed: 1Tflop/s}\n";
  text += comment("The trace says nothing of the network: import a log of nccl-tests (from: ...), or state it.", 2);
  return text + "  network: {bandwidth: 10Gbit/s, latency: 50us}\n";
}

std::string measured_text(const MeasuredStep& step, const KinetoTrace& trace) {
  std::string text = csv_line({"cluster.workers", "label", "step_s", "note"});
  return text + csv_line({std::to_string(std::max(trace.ranks, 1L)), "traced", exact_text(step.length_us * 1e-6),
                          fmt::format("mean of {} profiled steps; profiling slows a step", step.steps)});
}

Imported imported_from(const InputFile& input, const std::string& stem) {
  const KinetoTrace trace = read_kineto(input);
  const MeasuredStep step = measured_step(trace, input);
  Imported imported;
  imported.notes.push_back(fmt::format("{} events, rank {} of {}, {} steps of {}, {} layers", trace.all_events,
                                       trace.rank >= 0 ? std::to_string(trace.rank) : "?",
                                       trace.ranks > 0 ? std::to_string(trace.ranks) : "?", step.steps,
                                       us_text(step.length_us), step.layers.size()));
  if (!step.has_step_marks) imported.notes.emplace_back("no ProfilerStep marks: the whole trace is taken for one step");
  if (step.skipped > 0)
    imported.notes.push_back(fmt::format("{} steps with another number of layers are left out", step.skipped));
  if (step.collectives.empty() && step.communication_us == 0)
    imported.notes.emplace_back("the trace has no communication events, which is not the same as no communication");
  for (const std::string& name : left_out(step))
    imported.notes.push_back(fmt::format("{} is not part of the strategy that is written", name));
  imported.texts.push_back({"", profile_text(step, input, stem)});
  imported.texts.push_back({"-scenario.yaml", scenario_text(step, trace, stem)});
  imported.texts.push_back({"-measured.csv", measured_text(step, trace)});
  return imported;
}

}  // namespace

ImportFormat kineto() {
  return {.name = "kineto",
          .doc = "a trace of PyTorch's profiler -> a profile, a scenario and measurements",
          .recognises =
              [](std::string_view head) {
                if (!is_json_object(head)) return false;
                const bool is_trace =
                    head.find("\"traceEvents\"") != head.npos || head.find("\"schemaVersion\"") != head.npos;
                return is_trace && head.find("\"nodes\"") == head.npos;
              },
          .read = imported_from};
}

}  // namespace tandem::formats

// The workload text of ASTRA-sim 1.0 and SimAI becomes a profile, where it is data parallel: a line for each layer,
// with times in ns and what it communicates in each of its passes.
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <sstream>

#include "app/import/format.h"
#include "app/import/json_text.h"
#include "app/import/origin.h"
#include "core/config/limits.h"
#include "core/units.h"

namespace tandem::formats {
namespace {

// Times become flops at 1 Tflop/s, so that they are times again in a scenario that states that speed.
constexpr double kFlopsPerNs = 1e3;

struct WorkloadLayer {
  std::string name;
  double forward_ns = 0, backward_ns = 0, update_ns = 0;
  double gradient_bytes = 0;
};

class WorkloadReader {
 public:
  explicit WorkloadReader(const InputFile& input) : input_(input), lines_(input.text()) {}

  std::vector<WorkloadLayer> read() {
    std::string header, count;
    next(header);
    kind_ = header.substr(0, header.find_first_of(" \t\r"));
    if (!next(count)) input_.refuse(line_, "the second line is the number of layers");
    const double layers = number(count.substr(0, count.find_first_of(" \t\r")), "the number of layers");
    if (layers < 1 || layers > kMostLayers)
      input_.refuse(line_, fmt::format("{:g} layers; there may be 1 to {:.0f}", layers, kMostLayers));
    std::vector<WorkloadLayer> read;
    for (std::string text; read.size() < static_cast<std::size_t>(layers) && next(text);) read.push_back(layer(text));
    if (read.size() < static_cast<std::size_t>(layers))
      input_.refuse(line_, fmt::format("{} layers follow, but the second line says {:.0f}", read.size(), layers));
    return read;
  }

  const std::string& kind() const { return kind_; }

 private:
  /// The next line that holds anything.
  bool next(std::string& text) {
    while (std::getline(lines_, text)) {
      ++line_;
      if (text.find_first_not_of(" \t\r") != std::string::npos) return true;
    }
    return false;
  }

  double number(const std::string& text, const std::string& what) const {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
      input_.refuse(line_, fmt::format("{} must be a number, not \"{}\"", what, text.substr(0, 40)));
    return value;
  }

  double amount(const std::string& text, const std::string& what) const {
    constexpr double kMost = 1e15;
    const double value = number(text, what);
    if (value < 0 || value > kMost) input_.refuse(line_, fmt::format("{} is {}; 0 to 1e15 is allowed", what, text));
    return value;
  }

  // name, dependency, then time, collective and bytes of the forward pass, of the input gradient and of the weight
  // gradient, and the time of the update.
  WorkloadLayer layer(const std::string& text) {
    constexpr std::size_t kColumns = 12;
    std::istringstream words(text);
    std::vector<std::string> columns;
    for (std::string word; words >> word;) columns.push_back(word);
    if (columns.size() != kColumns)
      input_.refuse(line_, fmt::format("{} columns; a layer has {}", columns.size(), kColumns));
    refuse_exchange(columns[0], columns[3], amount(columns[4], "the forward pass's bytes"), "forward pass");
    refuse_exchange(columns[0], columns[6], amount(columns[7], "the input gradient's bytes"), "input gradient");
    const double bytes = amount(columns[10], "the weight gradient's bytes");
    if (columns[9] != "NONE" && columns[9] != "ALLREDUCE")
      refuse_exchange(columns[0], columns[9], bytes, "weight gradient");
    return {columns[0], amount(columns[2], "the forward pass's time"),
            amount(columns[5], "the input gradient's time") + amount(columns[8], "the weight gradient's time"),
            amount(columns[11], "the update's time"), columns[9] == "NONE" ? 0 : bytes};
  }

  void refuse_exchange(const std::string& name, const std::string& collective, double bytes, const char* pass) const {
    if (collective == "NONE" || bytes == 0) return;
    input_.refuse(line_, fmt::format("layer {} does {} of {} in its {}: only data parallelism, an ALLREDUCE of weight "
                                     "gradients, becomes a profile",
                                     name, collective, format_quantity(bytes, Dimension::bytes, 4), pass));
  }

  const InputFile& input_;
  std::istringstream lines_;
  std::size_t line_ = 0;
  std::string kind_;
};

Imported profile_of(const InputFile& input, const std::string& stem) {
  WorkloadReader reader(input);
  const std::vector<WorkloadLayer> layers = reader.read();
  double update_ns = 0;
  for (const WorkloadLayer& layer : layers) update_ns += layer.update_ns;
  std::string text =
      comment(fmt::format("From a workload of ASTRA-sim 1.0 or SimAI, {}, of kind {}.", input.path(), reader.kind()));
  text += origin_comment(Origin::stated,
                         "times, in ns; they are written as flops at 1 Tflop/s, so a sample is one step's "
                         "batch and host.speed is 1Tflop/s");
  text += origin_comment(Origin::derived,
                         "parameters are the bytes of the weight gradient's all-reduce as float32, so that "
                         "messages have these bytes");
  text += comment(fmt::format("Updates, {} in all, are left out. Activations are not in the file.",
                              format_quantity(update_ns * 1e-9, Dimension::time, 4)));
  text += fmt::format("name: {}\nsource: {}\nlayers:\n", nlohmann::json(stem).dump(),
                      nlohmann::json("a workload of ASTRA-sim, " + input.path()).dump());
  for (const WorkloadLayer& layer : layers) {
    text += fmt::format("  - {{name: {}, parameters: {:.0f}, forward_flops: {:.0f}flop, backward_flops: {:.0f}flop}}\n",
                        nlohmann::json(layer.name).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
                        std::ceil(layer.gradient_bytes / 4), layer.forward_ns * kFlopsPerNs,
                        layer.backward_ns * kFlopsPerNs);
  }
  return {{{"", text}}, {}};
}

}  // namespace

ImportFormat astra_workload() {
  return {.name = "astra-workload",
          .doc = "a data-parallel workload text of ASTRA-sim 1.0 or SimAI -> a profile",
          .recognises =
              [](std::string_view head) {
                for (const char* kind : {"DATA", "MODEL", "HYBRID_", "MICRO", "TRANSFORMER", "DLRM"}) {
                  if (head.starts_with(kind)) return true;
                }
                return false;
              },
          .read = profile_of};
}

}  // namespace tandem::formats

#include "app/import/formats/kineto_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_map>

#include "core/config/json_mistake.h"

namespace tandem::formats {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostEvents = 20'000'000;
constexpr std::size_t kLongestName = 160;

/// Where an operator's weights stand among its inputs.
struct WeightedOp {
  std::string_view name;
  std::size_t first, second;
};
constexpr std::array<WeightedOp, 12> kWeightedOps = {{{"aten::linear", 1, 2},
                                                      {"aten::addmm", 2, 0},
                                                      {"aten::conv1d", 1, 2},
                                                      {"aten::conv2d", 1, 2},
                                                      {"aten::conv3d", 1, 2},
                                                      {"aten::convolution", 1, 2},
                                                      {"aten::embedding", 0, 0},
                                                      {"aten::embedding_bag", 0, 0},
                                                      {"aten::layer_norm", 2, 3},
                                                      {"aten::native_layer_norm", 2, 3},
                                                      {"aten::batch_norm", 1, 2},
                                                      {"aten::group_norm", 2, 3}}};

double product(const std::vector<double>& shape) {
  double all = shape.empty() ? 0 : 1;
  for (const double size : shape) all *= size;
  return all;
}

/// nlohmann-json's events, of which those inside "traceEvents" and "distributedInfo" are kept.
class Handler : public nlohmann::json_sax<Json> {
 public:
  explicit Handler(const InputFile& input) : input_(input) {}

  KinetoTrace take() { return std::move(trace_); }

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t value) override { return number(static_cast<double>(value), value); }
  bool number_unsigned(number_unsigned_t value) override {
    return number(static_cast<double>(value), static_cast<std::int64_t>(value));
  }
  bool number_float(number_float_t value, const string_t&) override {
    // Within what an integer holds; beyond it the value is no index.
    const bool fits = value > -9e18 && value < 9e18;
    return number(value, fits ? static_cast<std::int64_t>(value) : -1);
  }
  bool binary(binary_t&) override { return true; }

  bool string(string_t& value) override {
    if (depth_ == 3 && is_event_) event_text(value);
    if (depth_ == 4 && in_args_) {
      if (key_ == "Collective name") event_.is_all_reduce = value.starts_with("allreduce");
      if (key_ == "dtype") event_.type = interned(value);
      if (key_ == "Sequence number" || key_ == "correlation")
        number(std::strtod(value.c_str(), nullptr), std::atoll(value.c_str()));
    }
    if (depth_ == 2 && section_ == "distributedInfo" && key_ == "backend") trace_.backend = value;
    return true;
  }

  bool start_object(std::size_t) override {
    ++depth_;
    if (depth_ == 3 && section_ == "traceEvents") begin_event();
    if (depth_ == 4 && is_event_) in_args_ = key_ == "args";
    return true;
  }
  bool end_object() override {
    if (depth_ == 4) in_args_ = false;
    if (depth_ == 3 && is_event_) end_event();
    --depth_;
    return true;
  }
  bool start_array(std::size_t) override {
    ++depth_;
    in_shapes_ = in_args_ && (depth_ == 5 ? key_ == "Input Dims" : in_shapes_);
    if (in_shapes_ && depth_ == 6) shapes_.emplace_back();
    return true;
  }
  bool end_array() override {
    if (depth_ == 5) in_shapes_ = false;
    --depth_;
    return true;
  }
  bool key(string_t& value) override {
    key_ = value;
    if (depth_ == 1) section_ = value;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const Json::exception& error) override {
    refuse_json(input_.path(), place_of_parse_error(error), "not valid JSON: " + in_plain_words(error));
  }

 private:
  std::uint32_t interned(const std::string& text) {
    const auto [found, is_new] =
        ids_.try_emplace(text.substr(0, kLongestName), static_cast<std::uint32_t>(trace_.names.size()));
    if (is_new) trace_.names.push_back(found->first);
    return found->second;
  }

  bool number(double value, std::int64_t whole) {
    if (in_shapes_ && depth_ == 6) shapes_.back().push_back(value);
    if (depth_ == 2 && section_ == "distributedInfo") {
      if (key_ == "rank") trace_.rank = whole;
      if (key_ == "world_size") trace_.ranks = whole;
    }
    if (!is_event_) return true;
    if (depth_ == 3) {
      if (key_ == "ts") event_.start_us = value;
      if (key_ == "dur") event_.length_us = value;
      if (key_ == "pid") event_.process = whole;
      if (key_ == "tid") event_.thread = whole;
    }
    if (in_args_ && depth_ == 4) {
      if (key_ == "correlation") event_.correlation = whole;
      if (key_ == "Sequence number") event_.sequence = whole;
      if (key_ == "In msg nelems") event_.elements = value;
    }
    return true;
  }

  void event_text(const std::string& value) {
    if (key_ == "ph") is_complete_ = value == "X";
    if (key_ == "name") event_.name = interned(value);
    if (key_ == "cat") category_ = value;
    if (key_ == "pid") event_.process = static_cast<std::int64_t>(std::hash<std::string>{}(value));
    if (key_ == "tid") event_.thread = static_cast<std::int64_t>(std::hash<std::string>{}(value));
    if (key_ == "ts") event_.start_us = std::strtod(value.c_str(), nullptr);
  }

  void begin_event() {
    event_ = {};
    category_.clear();
    shapes_.clear();
    is_event_ = true;
    is_complete_ = false;
  }

  static std::optional<KinetoEvent::Kind> kind_of(std::string category) {
    for (char& letter : category) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    if (category == "cpu_op" || category == "operator") return KinetoEvent::Kind::op;
    if (category == "user_annotation") return KinetoEvent::Kind::annotation;
    if (category == "kernel") return KinetoEvent::Kind::kernel;
    if (category == "cuda_runtime" || category == "cuda_driver" || category == "runtime")
      return KinetoEvent::Kind::launch;
    return std::nullopt;
  }

  void end_event() {
    is_event_ = false;
    if (++trace_.all_events > kMostEvents) input_.refuse(fmt::format("more than {} events", kMostEvents));
    const std::optional<KinetoEvent::Kind> kind = kind_of(category_);
    if (!is_complete_ || !kind || !(event_.length_us >= 0)) return;
    if (*kind == KinetoEvent::Kind::launch && event_.correlation < 0) return;
    event_.kind = *kind;
    const std::string& name = trace_.names[event_.name];
    for (const WeightedOp& op : kWeightedOps) {
      if (name != op.name || shapes_.size() <= std::max(op.first, op.second)) continue;
      event_.weights = product(shapes_[op.first]) + (op.first == op.second ? 0 : product(shapes_[op.second]));
    }
    // Before sizes were recorded by themselves, the annotation had the message's shape.
    if (event_.elements < 0 && *kind == KinetoEvent::Kind::annotation && name.ends_with(":all_reduce") &&
        !shapes_.empty()) {
      event_.elements = product(shapes_.front());
      event_.is_all_reduce = true;
    }
    trace_.events.push_back(event_);
  }

  const InputFile& input_;
  KinetoTrace trace_;
  std::unordered_map<std::string, std::uint32_t> ids_;
  int depth_ = 0;
  bool is_event_ = false, in_args_ = false, in_shapes_ = false, is_complete_ = false;
  std::string section_, key_, category_;
  KinetoEvent event_;
  std::vector<std::vector<double>> shapes_;
};

}  // namespace

bool has_weights(const std::string& name) {
  return std::ranges::find(kWeightedOps, std::string_view(name), &WeightedOp::name) != kWeightedOps.end();
}

KinetoTrace read_kineto(const InputFile& input) {
  Handler handler(input);
  const auto stream = input.stream();
  Json::sax_parse(*stream, &handler);
  return handler.take();
}

}  // namespace tandem::formats

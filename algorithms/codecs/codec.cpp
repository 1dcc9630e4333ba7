#include "algorithms/codecs/codec.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/config/options.h"
#include "core/rng.h"

namespace tandem {
namespace {

// Adds what of the values [begin, begin + rows * columns) lies in the range.
void add_matrix(CodedVector& vector, std::size_t begin, std::size_t rows, std::size_t columns) {
  const Range range = vector.range;
  const std::size_t first = std::max(begin, range.begin), last = std::min(begin + rows * columns, range.end);
  if (first >= last) return;
  const auto add = [&](std::size_t from, std::size_t to, std::size_t row_length) {
    if (from >= to) return;
    vector.tensors.push_back({from - range.begin, (to - from) / row_length, row_length});
  };
  const std::size_t whole_from = begin + (first - begin + columns - 1) / columns * columns;
  const std::size_t whole_to = begin + (last - begin) / columns * columns;
  if (whole_from >= whole_to) return add(first, last, last - first);
  add(first, whole_from, whole_from - first);
  add(whole_from, whole_to, columns);
  add(whole_to, last, last - whole_to);
}

}  // namespace

CodedVector coded_vector(const Model& model, Range range) {
  CodedVector vector{.range = range, .tensors = {}};
  for (const Layer& layer : model.layers) {
    std::size_t rows = layer.outputs, columns = layer.inputs, rest = layer.outputs;
    if (rows * columns + rest != layer.parameters) {
      rows = static_cast<std::size_t>(std::sqrt(static_cast<double>(layer.parameters)));
      columns = rows == 0 ? 0 : layer.parameters / rows;
      rest = layer.parameters - rows * columns;
    }
    if (columns > 0) add_matrix(vector, layer.offset, rows, columns);
    if (rest > 0) add_matrix(vector, layer.offset + rows * columns, 1, rest);
  }
  return vector;
}

std::size_t Form::count() const { return std::accumulate(parts.begin(), parts.end(), std::size_t{0}); }

std::vector<Slice> parts_of(const Form& form, Slice message) {
  std::vector<Slice> parts;
  std::size_t offset = 0;
  for (const std::size_t count : form.parts) {
    parts.push_back(message.part(offset, count));
    offset += count;
  }
  return parts;
}

std::mt19937_64 Turn::stream_of_all() const { return keyed_stream(seed, Purpose::coding, offset, step); }

std::mt19937_64 Turn::stream_of_sender() const {
  constexpr int kOffsetBits = 40;  // a model has fewer parameters, and streams of all have no sender
  return keyed_stream(seed, Purpose::coding, (sender + 1) << kOffsetBits | offset, step);
}

const Codec& codec_of(const Choice& choice) {
  if (const Codec* found = all_codecs().find(choice.name)) return *found;
  broken_invariant("no codec is called \"" + choice.name + "\"");
}

OptionTable feedback_option() {
  return option_table<FeedbackOption>(
      Mapping<FeedbackOption>().key("error_feedback", &FeedbackOption::error_feedback, flag(),
                                    "what a message loses is added to what the next one codes"),
      +[](const FeedbackOption& option) { return std::string(option.error_feedback ? "" : "without feedback"); });
}

const std::vector<Alternative>& codec_alternatives() {
  static const std::vector<Alternative> kAll = [] {
    const OptionTable warm_up = option_table<WarmUpOption>(
        Mapping<WarmUpOption>().key("warm_up", &WarmUpOption::warm_up, whole(between(0, 1e9)),
                                    "steps before the first that is coded"),
        +[](const WarmUpOption& option) {
          return option.warm_up == 0 ? std::string() : fmt::format("from {}", option.warm_up);
        });
    std::vector<Alternative> alternatives = alternatives_of(all_codecs());
    for (Alternative& alternative : alternatives) alternative.tables.push_back(warm_up);
    return alternatives;
  }();
  return kAll;
}

}  // namespace tandem

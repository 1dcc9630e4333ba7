// Top-k sparsification (Aji and Heafield, "Sparse communication for distributed gradient descent", EMNLP 2017; Stich et
// al., "Sparsified SGD with memory", NeurIPS 2018): a message carries the k values of largest magnitude and their
// places. Between equal magnitudes the first is taken. What is left out is |v - top_k(v)|^2 <= (1 - k/d) |v|^2.
//
//   cost: 8 bytes per kept value; decoded where it is summed; about 4 operations per value to select them
#include <algorithm>
#include <bit>
#include <cstring>

#include "algorithms/codecs/codec.h"
#include "algorithms/codecs/ratio_option.h"

namespace tandem::codecs {
namespace {

struct Entry {
  std::uint32_t place;
  float value;
};

// Magnitudes are compared as bits, which have an order even where a value is not a number.
std::uint32_t magnitude(float value) { return std::bit_cast<std::uint32_t>(value) & 0x7fffffffU; }

std::uint32_t count_from(std::uint32_t least, std::span<const float> values) {
  std::uint32_t count = 0;
  for (const float value : values) count += magnitude(value) >= least;
  return count;
}

// The magnitude that k values reach, found bit by bit from the highest. To count is arithmetic on vectors: 31 times
// take a fifth of a selection, which guesses wrongly at every other value.
std::uint32_t least_of_largest(std::span<const float> values, std::size_t k) {
  constexpr std::uint32_t kHighest = 1U << 30;
  std::uint32_t least = 0;
  for (std::uint32_t bit = kHighest; bit > 0; bit >>= 1) {
    if (count_from(least | bit, values) >= k) least |= bit;
  }
  return least;
}

class TopKCoder : public Coder {
 public:
  void encode(Comm& comm, const Turn&, Slice values, std::size_t, std::span<const Slice> message) override {
    constexpr double kOperations = 4;
    const Work work{
        .flops = kOperations * static_cast<double>(values.count),
        .memory_bytes = kOperations * static_cast<double>(values.bytes()) + static_cast<double>(message[0].bytes())};
    comm.compute(work, [&] {
      const std::span<const float> from(values.f32(), values.count);
      const std::size_t k = message[0].count / sizeof(Entry);
      const std::uint32_t least = least_of_largest(from, k);
      // So many are taken of those that are as large as the least.
      std::size_t equals = k - count_from(least + 1, from);
      std::byte* next = message[0].address;
      for (std::uint32_t place = 0; place < from.size(); ++place) {
        const std::uint32_t here = magnitude(from[place]);
        if (here < least || (here == least && equals == 0)) continue;
        if (here == least) --equals;
        const Entry entry{place, from[place]};
        next = std::copy_n(reinterpret_cast<const std::byte*>(&entry), sizeof(Entry), next);
      }
    });
  }

  void add(Comm& comm, const Turn&, std::span<const Slice> message, Slice total) override {
    comm.compute({.memory_bytes = 2.0 * static_cast<double>(message[0].bytes())}, [&] {
      for (std::size_t i = 0; i < message[0].count / sizeof(Entry); ++i) {
        Entry entry;
        std::memcpy(&entry, message[0].address + i * sizeof(Entry), sizeof(Entry));
        total.f32()[entry.place] += entry.value;
      }
    });
  }
};

Form form(const Choice& choice, const CodedVector& vector) {
  return {.element = Element::byte, .parts = {choice.get<RatioOption>().kept(vector.range.size()) * sizeof(Entry)}};
}

std::optional<std::string> refusal(const Choice&, const Model& model) {
  constexpr std::size_t kMostPlaces = std::size_t{1} << 32;
  if (model.parameters <= kMostPlaces) return std::nullopt;
  return fmt::format("top-k: places are counted in 32 bits, and the model has {} values", model.parameters);
}

}  // namespace

Codec top_k() {
  return {.name = "top-k",
          .doc = "the values of largest magnitude, with their places",
          .paper = "Aji and Heafield 2017; Stich et al. 2018",
          .options = {ratio_option(), feedback_option()},
          .form = form,
          .make = [](const Comm&, const Choice&, const CodedVector&) { return std::make_unique<TopKCoder>(); },
          .refusal = refusal};
}

}  // namespace tandem::codecs

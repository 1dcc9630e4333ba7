// Top-k sparsification (Aji and Heafield, "Sparse communication for distributed gradient descent", EMNLP 2017; Stich et
// al., "Sparsified SGD with memory", NeurIPS 2018): a message carries the k values of largest magnitude and their
// places. Between equal magnitudes the first is taken. What is left out is |v - top_k(v)|^2 <= (1 - k/d) |v|^2.
//
//   cost: 8 bytes per kept value; decoded where it is summed; about 4 operations per value to select them
#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>

#include "algorithms/codecs/codec.h"
#include "algorithms/codecs/ratio_option.h"

namespace tandem::codecs {
namespace {

struct Entry {
  std::uint32_t place;
  float value;
};

class TopKCoder : public Coder {
 public:
  void encode(Comm& comm, const Turn&, Slice values, std::size_t, std::span<const Slice> message) override {
    constexpr double kOperations = 4;
    const Work work{
        .flops = kOperations * static_cast<double>(values.count),
        .memory_bytes = kOperations * static_cast<double>(values.bytes()) + static_cast<double>(message[0].bytes())};
    comm.compute(work, [&] {
      const float* from = values.f32();
      const std::size_t k = message[0].count / sizeof(Entry);
      std::vector<std::uint32_t> places(values.count);
      std::iota(places.begin(), places.end(), 0U);
      // Magnitudes are compared as bits, which have an order even where a value is not a number.
      const auto magnitude = [&](std::uint32_t i) { return std::bit_cast<std::uint32_t>(from[i]) & 0x7fffffffU; };
      const auto is_before = [&](std::uint32_t a, std::uint32_t b) {
        return magnitude(a) != magnitude(b) ? magnitude(a) > magnitude(b) : a < b;
      };
      const auto last = places.begin() + static_cast<std::ptrdiff_t>(k);
      std::nth_element(places.begin(), last, places.end(), is_before);
      std::sort(places.begin(), last);
      for (std::size_t i = 0; i < k; ++i) {
        const Entry entry{places[i], from[places[i]]};
        std::memcpy(message[0].address + i * sizeof(Entry), &entry, sizeof(Entry));
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

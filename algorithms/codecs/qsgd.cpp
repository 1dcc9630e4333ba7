// QSGD (Alistarh et al., "QSGD: communication-efficient SGD via gradient quantization and encoding", NIPS 2017): the
// values of a bucket of 512 are integers from -s to s, times the bucket's scale divided by s. A value between two of
// them becomes the upper one with the probability of its distance from the lower, so that the mean of what is decoded
// is the value itself. With 8 bits, s = 127, it is int8 quantisation.
//
//   cost: 4 bytes per bucket and 1, 1/2 or 1/4 byte per value; decoded where it is summed; 10 operations per value
//   variance: at most min(d/s^2, sqrt(d)/s) |v|^2 for a bucket of d values, with either scale
//
// The paper's scale is the bucket's norm, or, in its experiments, the largest magnitude, which is the default: it uses
// the range of integers up. The paper codes the integers by their frequency; here each has the same number of bits.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "algorithms/codecs/codec.h"
#include "algorithms/codecs/packed_integers.h"
#include "core/config/options.h"

namespace tandem::codecs {
namespace {

constexpr std::size_t kBucket = 512;

enum class Scale { largest, norm };

struct QsgdOptions {
  int bits = 8;
  Scale scale = Scale::largest;
  int levels() const { return (1 << (bits - 1)) - 1; }  ///< s
};

std::size_t buckets(std::size_t count) { return (count + kBucket - 1) / kBucket; }

// Magnitudes ascend as their bit patterns do, those that are not finite last.
float scale_of(Scale kind, const float* values, std::size_t count) {
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < count; ++i) bits = std::max(bits, std::bit_cast<std::uint32_t>(std::abs(values[i])));
  const auto largest = std::bit_cast<float>(bits);
  if (kind == Scale::largest && std::isfinite(largest)) return largest;
  double squares = 0;
  for (std::size_t i = 0; i < count; ++i) squares += static_cast<double>(values[i]) * values[i];
  return static_cast<float>(std::sqrt(squares));  // if it is not finite, what is decoded is not, either
}

/// The scales of all buckets, then the integers, from s below them upwards, packed from the lowest bit of each byte.
class QsgdCoder : public Coder {
 public:
  explicit QsgdCoder(const QsgdOptions& options) : options_(options) {}

  void encode(Comm& comm, const Turn& turn, Slice values, std::size_t, std::span<const Slice> message) override {
    comm.compute(work(values, message[0]), [&] {
      std::mt19937_64 stream = turn.stream_of_sender();
      for (std::size_t first = 0; first < values.count; first += kBucket) {
        const std::size_t count = std::min(kBucket, values.count - first);
        const float scale = scale_of(options_.scale, values.f32() + first, count);
        std::memcpy(message[0].address + bytes_of(first / kBucket), &scale, bytes_of(1));
        const float per_scale = scale > 0 && std::isfinite(scale) ? static_cast<float>(options_.levels()) / scale : 0;
        std::array<std::uint8_t, kBucket> integers;
        quantise(values.f32() + first, count, per_scale, stream, integers);
        pack({integers.data(), count}, options_.bits, packed_at(message[0], values.count, first));
      }
    });
  }

  void add(Comm& comm, const Turn&, std::span<const Slice> message, Slice total) override {
    comm.compute(work(total, message[0]), [&] {
      for (std::size_t first = 0; first < total.count; first += kBucket) {
        const std::size_t count = std::min(kBucket, total.count - first);
        float scale = 0;
        std::memcpy(&scale, message[0].address + bytes_of(first / kBucket), bytes_of(1));
        const float step = scale / static_cast<float>(options_.levels());
        std::array<std::uint8_t, kBucket> integers;
        unpack(packed_at(message[0], total.count, first), options_.bits, {integers.data(), count});
        float* const into = total.f32() + first;
        for (std::size_t i = 0; i < count; ++i) into[i] += step * static_cast<float>(integers[i] - options_.levels());
      }
    });
  }

 private:
  // The numbers are drawn first, so that the rest is arithmetic on vectors.
  void quantise(const float* values, std::size_t count, float per_scale, std::mt19937_64& stream,
                std::array<std::uint8_t, kBucket>& integers) const {
    std::array<std::int32_t, kBucket> drawn;
    std::generate_n(drawn.begin(), count, [&] { return static_cast<std::int32_t>(stream() >> 40); });
    const auto levels = static_cast<std::uint8_t>(options_.levels());
    integers.fill(levels);
    for (std::size_t i = 0; i < count && per_scale != 0; ++i) {
      const float level = std::abs(values[i]) * per_scale;
      const int lower = static_cast<int>(level);
      const float share = static_cast<float>(drawn[i]) * 0x1p-24F;  // from 0 to below 1
      const int rounded = std::min<int>(lower + (share < level - static_cast<float>(lower)), levels);
      integers[i] = static_cast<std::uint8_t>(levels + (values[i] < 0 ? -rounded : rounded));
    }
  }

  // A bucket begins with a whole byte.
  std::byte* packed_at(Slice message, std::size_t count, std::size_t first) const {
    return message.address + bytes_of(buckets(count)) + first * static_cast<std::size_t>(options_.bits) / 8;
  }

  static Work work(Slice values, Slice message) {
    constexpr double kOperations = 10;
    return {.flops = kOperations * static_cast<double>(values.count),
            .memory_bytes = static_cast<double>(values.bytes() + message.bytes())};
  }

  QsgdOptions options_;
};

Form form(const Choice& choice, const CodedVector& vector) {
  const std::size_t count = vector.range.size(), bits = static_cast<std::size_t>(choice.get<QsgdOptions>().bits);
  return {.element = Element::byte, .parts = {bytes_of(buckets(count)) + (count * bits + 7) / 8}};
}

}  // namespace

Codec qsgd() {
  using Q = QsgdOptions;
  const auto keys =
      Mapping<Q>()
          .key("bits", &Q::bits, choice<int>({{"8", 8}, {"4", 4}, {"2", 2}}), "of an integer that stands for a value")
          .key("scale", &Q::scale, choice<Scale>({{"largest", Scale::largest}, {"norm", Scale::norm}}),
               "what the largest integer stands for: the largest magnitude of the bucket, or its norm");
  const auto label = +[](const Q& options) {
    return fmt::format("{} bits{}", options.bits, options.scale == Scale::norm ? " norm" : "");
  };
  return {.name = "qsgd",
          .doc = "integers of 8, 4 or 2 bits per value, rounded at random, in buckets of 512",
          .paper = "Alistarh et al. 2017",
          .options = {option_table(keys, label)},
          .rounds_values = true,
          .form = form,
          .make = [](const Comm&, const Choice& choice, const CodedVector&) {
            return std::make_unique<QsgdCoder>(choice.get<QsgdOptions>());
          }};
}

}  // namespace tandem::codecs

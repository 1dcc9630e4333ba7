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
#include <cmath>
#include <cstring>

#include "algorithms/codecs/codec.h"
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

float scale_of(Scale kind, const float* values, std::size_t count) {
  double squares = 0;
  float largest = 0;
  for (std::size_t i = 0; i < count; ++i) {
    squares += static_cast<double>(values[i]) * values[i];
    largest = std::max(largest, std::abs(values[i]));
  }
  if (!std::isfinite(squares)) return static_cast<float>(squares);  // what is decoded is not finite, either
  return kind == Scale::norm ? static_cast<float>(std::sqrt(squares)) : largest;
}

/// The scales of all buckets, then the integers, from s below them upwards, packed from the lowest bit of each byte.
class QsgdCoder : public Coder {
 public:
  explicit QsgdCoder(const QsgdOptions& options) : options_(options) {}

  void encode(Comm& comm, const Turn& turn, Slice values, std::size_t, std::span<const Slice> message) override {
    comm.compute(work(values, message[0]), [&] {
      std::mt19937_64 stream = turn.stream_of_sender();
      std::fill_n(message[0].address, message[0].bytes(), std::byte{0});
      for (std::size_t first = 0; first < values.count; first += kBucket) {
        const std::size_t count = std::min(kBucket, values.count - first);
        const float scale = scale_of(options_.scale, values.f32() + first, count);
        std::memcpy(message[0].address + bytes_of(first / kBucket), &scale, bytes_of(1));
        const float per_scale = scale > 0 && std::isfinite(scale) ? static_cast<float>(options_.levels()) / scale : 0;
        for (std::size_t i = first; i < first + count; ++i) {
          put(message[0], values.count, i, quantise(values.f32()[i], per_scale, stream));
        }
      }
    });
  }

  void add(Comm& comm, const Turn&, std::span<const Slice> message, Slice total) override {
    comm.compute(work(total, message[0]), [&] {
      float* into = total.f32();
      for (std::size_t first = 0; first < total.count; first += kBucket) {
        float scale = 0;
        std::memcpy(&scale, message[0].address + bytes_of(first / kBucket), bytes_of(1));
        const float step = scale / static_cast<float>(options_.levels());
        const std::size_t end = std::min(first + kBucket, total.count);
        for (std::size_t i = first; i < end; ++i) {
          into[i] += step * static_cast<float>(get(message[0], total.count, i));
        }
      }
    });
  }

 private:
  int quantise(float value, float per_scale, std::mt19937_64& stream) const {
    constexpr float kUnit = 0x1p-24F;
    const float drawn = static_cast<float>(stream() >> 40) * kUnit;  // from 0 to below 1
    if (per_scale == 0) return 0;
    const float level = std::abs(value) * per_scale, lower = std::floor(level);
    const int rounded = std::min(static_cast<int>(lower) + (drawn < level - lower ? 1 : 0), options_.levels());
    return value < 0 ? -rounded : rounded;
  }

  void put(Slice message, std::size_t count, std::size_t i, int integer) const {
    const std::size_t bit = i * static_cast<std::size_t>(options_.bits);
    std::byte& byte = message.address[bytes_of(buckets(count)) + bit / 8];
    byte |= static_cast<std::byte>((integer + options_.levels()) << bit % 8);
  }
  int get(Slice message, std::size_t count, std::size_t i) const {
    const std::size_t bit = i * static_cast<std::size_t>(options_.bits);
    const auto byte = std::to_integer<unsigned>(message.address[bytes_of(buckets(count)) + bit / 8]);
    return static_cast<int>(byte >> bit % 8 & ((1U << options_.bits) - 1)) - options_.levels();
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

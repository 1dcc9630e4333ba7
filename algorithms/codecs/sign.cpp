// One bit per value: its sign, times the mean magnitude of its tensor. With error feedback it converges as SGD does
// (Seide et al., "1-bit stochastic gradient descent", Interspeech 2014; Karimireddy et al., "Error feedback fixes
// SignSGD", ICML 2019). `combine: vote` takes the sign that most workers have, times the sum of their magnitudes
// (Bernstein et al., "signSGD with majority vote", ICLR 2019).
//
//   cost: 1/8 byte per value and 4 bytes per tensor; decoded where it is summed; 3 operations per value
//
// One bit cannot say 0: it says + or - in turn, by value, sender and step, since a fixed sign would drift. A tie of the
// vote is known where votes are counted: the value does not move.
#include <bit>
#include <cmath>
#include <cstring>

#include "algorithms/codecs/codec.h"
#include "core/config/options.h"

namespace tandem::codecs {
namespace {

enum class Combine { mean, vote };

struct SignOptions {
  Combine combine = Combine::mean;
};

class SignCoder : public Coder {
 public:
  SignCoder(Combine combine, const CodedVector& vector)
      : votes_(combine == Combine::vote), tensors_(vector.tensors), voting_scales_(tensors_.size(), 0.0F) {}

  void encode(Comm& comm, const Turn& turn, Slice values, std::size_t, std::span<const Slice> message) override {
    comm.compute(work(values, message[0]), [&] {
      std::byte* const bits = message[0].address + bytes_of(tensors_.size());
      std::fill_n(bits, (values.count + 7) / 8, std::byte{0});
      const float* const from = values.f32();
      for (std::size_t t = 0; t < tensors_.size(); ++t) {
        const std::size_t first = tensors_[t].offset, end = first + tensors_[t].count();
        double magnitudes = 0;
        for (std::size_t i = first; i < end; ++i) {
          const float value = from[i];
          magnitudes += std::abs(value);
          const bool is_positive = value == 0 ? (i + turn.sender + turn.step) % 2 == 0 : !std::signbit(value);
          bits[i / 8] |= static_cast<std::byte>((is_positive ? 1U : 0U) << i % 8);
        }
        const auto scale = static_cast<float>(magnitudes / static_cast<double>(tensors_[t].count()));
        std::memcpy(message[0].address + bytes_of(t), &scale, bytes_of(1));
      }
    });
  }

  void add(Comm& comm, const Turn&, std::span<const Slice> message, Slice total) override {
    comm.compute(work(total, message[0]), [&] {
      const std::byte* const bits = message[0].address + bytes_of(tensors_.size());
      float* const into = total.f32();
      for (std::size_t t = 0; t < tensors_.size(); ++t) {
        float scale = 0;
        std::memcpy(&scale, message[0].address + bytes_of(t), bytes_of(1));
        voting_scales_[t] += scale;
        const auto one = std::bit_cast<std::uint32_t>(votes_ ? 1.0F : scale);
        for (std::size_t i = tensors_[t].offset; i < tensors_[t].offset + tensors_[t].count(); ++i) {
          const std::uint32_t is_negative = ~std::to_integer<std::uint32_t>(bits[i / 8]) >> i % 8 & 1U;
          into[i] += std::bit_cast<float>(one ^ is_negative << 31);  // a branch would be guessed wrongly half the time
        }
      }
    });
  }

  void conclude(Comm& comm, Slice total) override {
    if (!votes_) return;
    comm.compute({.memory_bytes = 2.0 * static_cast<double>(total.bytes())}, [&] {
      for (std::size_t t = 0; t < tensors_.size(); ++t) {
        for (std::size_t i = tensors_[t].offset; i < tensors_[t].offset + tensors_[t].count(); ++i) {
          float& tally = total.f32()[i];
          if (tally != 0) tally = std::copysign(voting_scales_[t], tally);
        }
        voting_scales_[t] = 0;
      }
    });
  }

 private:
  static Work work(Slice values, Slice message) {
    constexpr double kOperations = 3;
    return {.flops = kOperations * static_cast<double>(values.count),
            .memory_bytes = static_cast<double>(values.bytes() + message.bytes())};
  }

  bool votes_;
  std::vector<Tensor> tensors_;
  std::vector<float> voting_scales_;  // per tensor: the sum over the messages added so far
};

Form form(const Choice&, const CodedVector& vector) {
  return {.element = Element::byte, .parts = {bytes_of(vector.tensors.size()) + (vector.range.size() + 7) / 8}};
}

}  // namespace

Codec sign() {
  using S = SignOptions;
  const auto keys =
      Mapping<S>().key("combine", &S::combine, choice<Combine>({{"mean", Combine::mean}, {"vote", Combine::vote}}),
                       "how the workers' signs become one: their mean, or the majority's");
  const auto label =
      +[](const S& options) { return options.combine == Combine::vote ? std::string("vote") : std::string(); };
  return {.name = "sign",
          .doc = "the sign of each value, and each tensor's mean magnitude",
          .paper = "Seide et al. 2014; Karimireddy et al. 2019; Bernstein et al. 2019 (vote)",
          .options = {option_table(keys, label), feedback_option()},
          .form = form,
          .make =
              [](const Comm&, const Choice& choice, const CodedVector& vector) {
                return std::make_unique<SignCoder>(choice.get<SignOptions>().combine, vector);
              },
          .votes = [](const Choice& choice) { return choice.get<SignOptions>().combine == Combine::vote; }};
}

}  // namespace tandem::codecs

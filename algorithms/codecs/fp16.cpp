// Half precision (IEEE binary16; Micikevicius et al., "Mixed precision training", ICLR 2018): every value is rounded to
// nearest, ties to even. Values from 65520 on become infinite, those up to 2^-25 become 0: `scale_log2` moves gradients
// into the range between, as loss scaling does.
//
//   cost: 2 bytes per value; a collective sums in flight, and rounds every partial sum to 11 bits
//
// PyTorch's fp16 hook rounds a worker's own mean gradient and divides by the number of workers afterwards. Here the
// gradient is a worker's share already, so that the sum of large values overflows later, and small ones vanish sooner.
#include "algorithms/codecs/half_coder.h"
#include "core/config/options.h"

namespace tandem::codecs {
namespace {

struct Fp16Options {
  int scale_log2 = 0;
};

}  // namespace

Codec fp16() {
  const auto keys = Mapping<Fp16Options>().key("scale_log2", &Fp16Options::scale_log2, whole<int>(between(0, 24)),
                                               "values are multiplied by two to this power before they are rounded");
  const auto label = +[](const Fp16Options& options) {
    return options.scale_log2 == 0 ? std::string() : fmt::format("scale 2^{}", options.scale_log2);
  };
  return {.name = "fp16",
          .doc = "16-bit floating point with 11 significant bits, summed in flight",
          .paper = "Micikevicius et al. 2018",
          .options = {option_table(keys, label)},
          .summing = Summing::in_flight,
          .rounds_values = true,
          .form = [](const Choice&, const CodedVector& vector) { return one_half_per_value(Element::f16, vector); },
          .make =
              [](const Comm&, const Choice& choice, const CodedVector&) {
                const auto scale = static_cast<float>(1 << choice.get<Fp16Options>().scale_log2);
                return std::make_unique<HalfCoder>(Element::f16, scale);
              }};
}

}  // namespace tandem::codecs

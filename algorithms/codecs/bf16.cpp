// bfloat16 (Kalamkar et al., "A study of BFLOAT16 for deep learning training", 2019): the upper half of a 32-bit
// value, rounded to nearest, ties to even. It has the range of 32 bits, so that nothing overflows or vanishes that did
// not before, and only 8 significant bits.
//
//   cost: 2 bytes per value; a collective sums in flight, and rounds every partial sum to 8 bits
#include "algorithms/codecs/half_coder.h"

namespace tandem::codecs {

Codec bf16() {
  return {.name = "bf16",
          .doc = "16-bit floating point with 8 significant bits and the range of 32 bits, summed in flight",
          .paper = "Kalamkar et al. 2019",
          .summing = Summing::in_flight,
          .rounds_values = true,
          .form = [](const Choice&, const CodedVector& vector) { return one_half_per_value(Element::bf16, vector); },
          .make = [](const Comm&, const Choice&,
                     const CodedVector&) { return std::make_unique<HalfCoder>(Element::bf16, 1.0F); }};
}

}  // namespace tandem::codecs

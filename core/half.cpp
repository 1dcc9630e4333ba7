#include "core/half.h"

#ifdef __F16C__
#include <immintrin.h>
#endif

namespace tandem {
namespace {

constexpr std::size_t kLanes = 8;

#ifdef __F16C__
// A ring of many ranks adds pieces of some fifty values, where the compiler's loop over 32 leaves half of them to be
// converted one by one: these eight at a time take a seventh of it.
__m256 load(const std::uint16_t* half) {
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(half)));
}
void store(__m256 values, std::uint16_t* half) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(half), _mm256_cvtps_ph(values, _MM_FROUND_TO_NEAREST_INT));
}
#endif

}  // namespace

void add_f16(std::uint16_t* __restrict into, const std::uint16_t* __restrict from, std::size_t count) {
  std::size_t i = 0;
#ifdef __F16C__
  for (; i + kLanes <= count; i += kLanes) store(_mm256_add_ps(load(into + i), load(from + i)), into + i);
#endif
  for (; i < count; ++i) into[i] = f16_of(f32_of_f16(into[i]) + f32_of_f16(from[i]));
}

void scale_to_f16(float scale, const float* __restrict from, std::uint16_t* __restrict half, std::size_t count) {
  std::size_t i = 0;
#ifdef __F16C__
  const __m256 scales = _mm256_set1_ps(scale);
  for (; i + kLanes <= count; i += kLanes) store(_mm256_mul_ps(scales, _mm256_loadu_ps(from + i)), half + i);
#endif
  for (; i < count; ++i) half[i] = f16_of(scale * from[i]);
}

void add_scaled_f16(float scale, const std::uint16_t* __restrict half, float* __restrict into, std::size_t count) {
  std::size_t i = 0;
#ifdef __F16C__
  const __m256 scales = _mm256_set1_ps(scale);
  for (; i + kLanes <= count; i += kLanes)
    _mm256_storeu_ps(into + i, _mm256_add_ps(_mm256_loadu_ps(into + i), _mm256_mul_ps(scales, load(half + i))));
#endif
  for (; i < count; ++i) into[i] += scale * f32_of_f16(half[i]);
}

}  // namespace tandem

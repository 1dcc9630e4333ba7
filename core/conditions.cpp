#include "core/conditions.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "core/rng.h"

namespace tandem {
namespace {

// How often the slowdown has begun again by `time_s`, which is not before its first beginning.
double repetitions(const Slowdown& slowdown, double time_s) {
  if (std::isinf(slowdown.every_s)) return 0;
  double count = std::floor((time_s - slowdown.from_s) / slowdown.every_s);
  // The quotient is rounded: a time that equals an edge, as computed by the product below, counts as having reached it.
  if (slowdown.from_s + (count + 1) * slowdown.every_s <= time_s) ++count;
  if (slowdown.from_s + count * slowdown.every_s > time_s) --count;
  return count;
}

Pace pace_at(const Slowdown& slowdown, double time_s) {
  if (time_s < slowdown.from_s) return {1, slowdown.from_s};
  const double passed = repetitions(slowdown, time_s);
  const double passed_s = passed > 0 ? passed * slowdown.every_s : 0;
  if (time_s < slowdown.until_s + passed_s) return {slowdown.factor, slowdown.until_s + passed_s};
  if (std::isinf(slowdown.every_s)) return {};
  return {1, slowdown.from_s + (passed + 1) * slowdown.every_s};
}

}  // namespace

bool RankSet::contains(int rank) const {
  return std::any_of(ranges.begin(), ranges.end(), [rank](const RankRange& range) { return range.contains(rank); });
}

int RankSet::lowest() const {
  int lowest = ranges.empty() ? 0 : ranges.front().first;
  for (const RankRange& range : ranges) lowest = std::min(lowest, range.first);
  return lowest;
}

int RankSet::highest() const {
  int highest = -1;
  for (const RankRange& range : ranges) {
    highest = std::max(highest, range.last - (range.last - range.first) % range.step);
  }
  return highest;
}

Pace pace_at(std::span<const Slowdown> slowdowns, int rank, double time_s) {
  Pace all;
  for (const Slowdown& slowdown : slowdowns) {
    if (!slowdown.ranks.contains(rank)) continue;
    const Pace one = pace_at(slowdown, time_s);
    all.factor *= one.factor;
    all.until_s = std::min(all.until_s, one.until_s);
  }
  return all;
}

double noise_s(const Noise& noise, std::uint64_t seed, int rank, std::uint64_t step) {
  if (noise.kind == NoiseKind::constant) return noise.mean_s;
  std::mt19937_64 stream = keyed_stream(seed, Purpose::compute_noise, static_cast<std::uint64_t>(rank), step);
  if (noise.kind == NoiseKind::exponential) {
    return noise.mean_s > 0 ? std::exponential_distribution<double>(1 / noise.mean_s)(stream) : 0;
  }
  if (noise.kind == NoiseKind::log_normal) {
    return noise.median_s > 0 ? std::lognormal_distribution<double>(std::log(noise.median_s), noise.sigma)(stream) : 0;
  }
  if (noise.recorded_s.empty()) return 0;
  std::uniform_int_distribution<std::size_t> pick(0, noise.recorded_s.size() - 1);
  return noise.recorded_s[pick(stream)];
}

}  // namespace tandem

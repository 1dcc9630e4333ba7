// What changes while a cluster runs: hosts and links that are slow for a while, and computations that take longer than
// they should.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tandem {

/// Every `step`-th rank from `first` to `last`, both included.
struct RankRange {
  int first = 0;
  int last = 0;
  int step = 1;

  bool contains(int rank) const { return first <= rank && rank <= last && (rank - first) % step == 0; }
  bool operator==(const RankRange&) const = default;
};

struct RankSet {
  std::vector<RankRange> ranges;

  RankSet() = default;
  RankSet(int rank) : ranges{{rank, rank, 1}} {}
  RankSet(int first, int last, int step = 1) : ranges{{first, last, step}} {}

  bool contains(int rank) const;
  bool empty() const { return ranges.empty(); }
  /// The smallest and the largest; 0 and -1 when it is empty.
  int lowest() const;
  int highest() const;
  bool operator==(const RankSet&) const = default;
};

/// What these ranks have is `factor` times slower from `from_s` to `until_s`, and again every `every_s` after that.
struct Slowdown {
  RankSet ranks = 0;
  double factor = 1;
  double from_s = 0;
  double until_s = std::numeric_limits<double>::infinity();
  double every_s = std::numeric_limits<double>::infinity();
};

/// How much slower a rank is at a time, and until when that holds. Slowdowns that overlap multiply.
struct Pace {
  double factor = 1;
  double until_s = std::numeric_limits<double>::infinity();
};
Pace pace_at(std::span<const Slowdown> slowdowns, int rank, double time_s);

/// Bytes that others move from one rank's host to another's, sharing the links fairly with what the ranks send.
struct BackgroundFlow {
  int from = 0;
  int to = 0;
  double bytes = 0;                             ///< 0: as many as `bandwidth` moves from start to until
  std::optional<double> bandwidth_bytes_per_s;  ///< at most; absent: as fast as the links allow
  double start_s = 0;
  double until_s = std::numeric_limits<double>::infinity();
  double every_s = std::numeric_limits<double>::infinity();  ///< it starts again so long after it has started
};

enum class NoiseKind { constant, exponential, log_normal, recorded };

/// What each step of each worker takes longer than its arithmetic: one draw a step, at its beginning.
struct Noise {
  NoiseKind kind = NoiseKind::constant;
  double mean_s = 0;               ///< constant, exponential
  double median_s = 0, sigma = 1;  ///< log-normal: sigma is the standard deviation of the logarithm
  std::string file;                ///< recorded
  std::vector<double> recorded_s;  ///< drawn with equal chances
};

/// The same in every world: it depends on nothing but its arguments.
double noise_s(const Noise& noise, std::uint64_t seed, int rank, std::uint64_t step);

}  // namespace tandem

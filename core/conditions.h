// What changes while a cluster runs: hosts and links that are slow for a while, traffic of others, and random delays of
// computations.
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
  /// The smallest and the largest rank; 0 and -1 when the set is empty.
  int lowest() const;
  int highest() const;
  bool operator==(const RankSet&) const = default;
};

/// The hosts or links of these ranks are `factor` times slower from `from_s` to `until_s`, and again every `every_s`.
struct Slowdown {
  RankSet ranks = 0;
  double factor = 1;
  double from_s = 0;
  double until_s = std::numeric_limits<double>::infinity();
  double every_s = std::numeric_limits<double>::infinity();
};

/// The links of these workers' hosts lose this part of all packets from `from_s` to `until_s`; 1: they are down.
struct PacketLoss {
  RankSet ranks = 0;
  double loss = 1;
  double from_s = 0;
  double until_s = std::numeric_limits<double>::infinity();

  bool is_outage() const { return loss == 1; }
};

/// How much slower a rank is at some time, and until when. The factors of slowdowns that overlap are multiplied.
struct Pace {
  double factor = 1;
  double until_s = std::numeric_limits<double>::infinity();
};
Pace pace_at(std::span<const Slowdown> slowdowns, int rank, double time_s);

/// Traffic of others from one rank's host to another's, which shares the links fairly with the ranks' messages.
struct BackgroundFlow {
  int from = 0;
  int to = 0;
  double bytes = 0;                             ///< 0: what `bandwidth` carries from start to until
  std::optional<double> bandwidth_bytes_per_s;  ///< its upper limit; absent: as fast as the links allow
  double start_s = 0;
  double until_s = std::numeric_limits<double>::infinity();
  double every_s = std::numeric_limits<double>::infinity();  ///< time from one start to the next
};

enum class NoiseKind { constant, exponential, log_normal, recorded };

/// A random delay added to every step of every worker: one draw per step, at its beginning.
struct Noise {
  NoiseKind kind = NoiseKind::constant;
  double mean_s = 0;               ///< constant, exponential
  double median_s = 0, sigma = 1;  ///< log-normal: sigma is the standard deviation of the logarithm
  std::string file;                ///< recorded
  std::vector<double> recorded_s;  ///< drawn with equal chances
};

/// The delay depends on its arguments alone, so it is the same in every world.
double noise_s(const Noise& noise, std::uint64_t seed, int rank, std::uint64_t step);

}  // namespace tandem

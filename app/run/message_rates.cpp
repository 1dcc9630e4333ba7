// From the measured times of messages to rates by size. A time has noise; rates are differences of times, and so have
// more. So times are first made to grow with size, and rates that hardly differ are taken together.
#include <algorithm>
#include <cmath>

#include "app/run/calibration.h"

namespace tandem {
namespace {

// Sizes up to this say little about the network's rate: their times are latency and processor's time.
constexpr double kSmall_bytes = 64 << 10;

// Rates that differ by less are one rate.
constexpr double kAlike = 0.1;

struct Stretch {
  double above_bytes, bytes, time_s;  ///< `bytes` more than above_bytes take so much longer
  double rate() const { return bytes / time_s; }
};

// Larger messages take longer. Neighbours that were measured the other way round get their mean (isotonic regression by
// pooling adjacent violators); of these the largest size stands for all.
std::vector<MessageTime> growing(const std::vector<MessageTime>& times, std::vector<double>& doubtful_bytes) {
  struct Pool {
    MessageTime largest;
    double sum_s = 0;
    int count = 0;
    double mean_s() const { return sum_s / count; }
  };
  std::vector<Pool> pools;
  for (const MessageTime& time : times) {
    pools.push_back({time, time.time_s, 1});
    while (pools.size() > 1 && pools[pools.size() - 2].mean_s() >= pools.back().mean_s()) {
      const Pool last = pools.back();
      pools.pop_back();
      doubtful_bytes.push_back(last.largest.bytes);
      pools.back() = {last.largest, pools.back().sum_s + last.sum_s, pools.back().count + last.count};
    }
  }
  std::vector<MessageTime> grown;
  for (const Pool& pool : pools) grown.push_back({pool.largest.bytes, pool.mean_s()});
  return grown;
}

std::vector<Stretch> stretches_between(const std::vector<MessageTime>& times) {
  std::vector<Stretch> stretches;
  for (std::size_t i = 1; i < times.size(); ++i) {
    const MessageTime &small = times[i - 1], &large = times[i];
    stretches.push_back({small.bytes, large.bytes - small.bytes, large.time_s - small.time_s});
  }
  // Where no size took longer than another, all that is known is what the largest took.
  if (stretches.empty()) stretches.push_back({0, times.back().bytes, times.back().time_s});
  return stretches;
}

// No byte is faster than `most`. What messages are late by that, and by `late_s` before, the next stretches catch up.
void hold_to(double most, double late_s, std::vector<Stretch>& stretches) {
  for (Stretch& stretch : stretches) {
    const double least_s = stretch.bytes / most, wanted_s = stretch.time_s - late_s;
    stretch.time_s = std::max(least_s, wanted_s);
    late_s = stretch.time_s - wanted_s;
  }
}

std::vector<Stretch> without_repetition(const std::vector<Stretch>& stretches) {
  std::vector<Stretch> kept;
  for (const Stretch& stretch : stretches) {
    if (!kept.empty() && std::abs(kept.back().rate() / stretch.rate() - 1) < kAlike) {
      kept.back().bytes += stretch.bytes, kept.back().time_s += stretch.time_s;
    } else {
      kept.push_back(stretch);
    }
  }
  return kept;
}

}  // namespace

MessageRates message_rates(const Calibration& found) {
  MessageRates rates;
  std::vector<Stretch> stretches = stretches_between(growing(found.times, rates.doubtful_bytes));
  std::sort(rates.doubtful_bytes.begin(), rates.doubtful_bytes.end());
  // The network's rate is that of its fastest sizes; alike ones are taken together first, or noise would choose.
  std::vector<Stretch> large;
  for (const Stretch& stretch : stretches) {
    if (stretch.above_bytes >= kSmall_bytes || &stretch == &stretches.back()) large.push_back(stretch);
  }
  for (const Stretch& stretch : without_repetition(large))
    rates.bandwidth_bytes_per_s = std::max(rates.bandwidth_bytes_per_s, stretch.rate());
  const double smallest_s = found.latency_s() + 2 * found.message_overhead_s();
  hold_to(rates.bandwidth_bytes_per_s, smallest_s - found.times.front().time_s, stretches);
  stretches = without_repetition(stretches);
  if (stretches.size() == 1) {
    rates.bandwidth_bytes_per_s = stretches.front().rate();
    return rates;
  }
  stretches.front().above_bytes = 0;
  for (const Stretch& stretch : stretches)
    rates.factors.push_back({stretch.above_bytes, std::min(1.0, stretch.rate() / rates.bandwidth_bytes_per_s)});
  return rates;
}

}  // namespace tandem

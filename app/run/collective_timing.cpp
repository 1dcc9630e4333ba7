#include "app/run/collective_timing.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace tandem {
namespace {

constexpr int kGoOn = 1;
constexpr int kTimes = 2;
constexpr int kHeard = 3;

// Whole numbers whose sums over up to 16,384 ranks are exact in float32. Neighbours differ and ranks differ, so that a
// value from another place, twice the same rank, or a rank left out shows.
constexpr std::size_t kRankPeriod = 10, kPlacePeriod = 89;

float value_of(int rank, std::size_t i) {
  return static_cast<float>((1 + (7 * static_cast<std::size_t>(rank) + i) % kRankPeriod) * (1 + i % kPlacePeriod));
}

void fill(Comm& comm, Slice data) {
  for (std::size_t i = 0; !data.is_phantom() && i < data.count; ++i) data.f32()[i] = value_of(comm.rank(), i);
}

std::uint64_t count_wrong(int ranks, Slice data) {
  std::vector<float> sums(kRankPeriod, 0);
  for (std::size_t i = 0; i < kRankPeriod; ++i) {
    for (int rank = 0; rank < ranks; ++rank)
      sums[i] += static_cast<float>(1 + (7 * static_cast<std::size_t>(rank) + i) % kRankPeriod);
  }
  std::uint64_t wrong = 0;
  for (std::size_t i = 0; i < data.count; ++i) {
    const bool is_right = data.f32()[i] == sums[i % kRankPeriod] * static_cast<float>(1 + i % kPlacePeriod);
    wrong += is_right ? 0 : 1;
  }
  return wrong;
}

std::uint64_t check_once(Comm& comm, const Collective& collective, Slice data) {
  fill(comm, data);
  collective.all_reduce.run(comm, data);
  return data.is_phantom() ? 0 : count_wrong(comm.size(), data);
}

// What rank 0 says, on every rank.
std::int64_t from_rank_0(Comm& comm, std::int64_t word) {
  if (comm.rank() != 0) return comm.recv(0, kGoOn, {}).words[0];
  for (int rank = 1; rank < comm.size(); ++rank) comm.send(rank, kGoOn, {}, Meta{{word}});
  return word;
}

// Rank 0 finds out how long it takes until all others have heard of something, and tells them a date later than that.
void begin_together(Comm& comm) {
  const double asked_s = comm.now();
  from_rank_0(comm, 0);
  if (comm.rank() != 0) {
    comm.send(0, kHeard, {});
  } else {
    for (int rank = 1; rank < comm.size(); ++rank) comm.recv(rank, kHeard, {});
  }
  const double heard_s = comm.now();
  comm.sleep_until(std::bit_cast<double>(from_rank_0(comm, std::bit_cast<std::int64_t>(2 * heard_s - asked_s))));
}

// Rounds of twice as many all-reduces each, until the last took a quarter of the time: then it also says how many
// make up the time.
int warm_up(Comm& comm, const Collective& collective, Slice data, const TimingOptions& options) {
  for (int rounds = 1;; rounds *= 2) {
    barrier(comm);
    const double start_s = comm.now();
    for (int i = 0; i < rounds; ++i) collective.all_reduce.run(comm, data);
    const double took_s = comm.now() - start_s;
    const bool is_warm = took_s >= options.time_s / 4 || rounds >= options.most;
    const double wanted = took_s > 0 ? std::ceil(rounds * options.time_s / took_s) : options.least;
    const auto iterations = static_cast<int>(std::clamp<double>(wanted, options.least, options.most));
    if (const std::int64_t agreed = from_rank_0(comm, is_warm ? iterations : 0); agreed > 0) {
      return static_cast<int>(agreed);
    }
  }
}

// The doubles travel as they are, two values each.
void gather_slowest(Comm& comm, std::vector<double>& times_s, std::uint64_t& wrong) {
  Buffer words(2 * times_s.size(), Payload::numeric);
  if (comm.rank() != 0) {
    std::memcpy(words.slice().f32(), times_s.data(), words.slice().bytes());
    comm.send(0, kTimes, words, Meta{{static_cast<std::int64_t>(wrong)}});
    return;
  }
  std::vector<double> others_s(times_s.size());
  for (int rank = 1; rank < comm.size(); ++rank) {
    wrong += static_cast<std::uint64_t>(comm.recv(rank, kTimes, words).words[0]);
    std::memcpy(others_s.data(), words.slice().f32(), words.slice().bytes());
    for (std::size_t i = 0; i < times_s.size(); ++i) times_s[i] = std::max(times_s[i], others_s[i]);
  }
}

}  // namespace

double CollectiveTiming::median_s() const {
  std::vector<double> sorted_s = times_s;
  std::sort(sorted_s.begin(), sorted_s.end());
  return (sorted_s[(sorted_s.size() - 1) / 2] + sorted_s[sorted_s.size() / 2]) / 2;
}
double CollectiveTiming::min_s() const { return *std::min_element(times_s.begin(), times_s.end()); }

CollectiveTiming time_all_reduce(Comm& comm, const Collective& collective, std::size_t count,
                                 const TimingOptions& options) {
  const Buffer buffer = comm.make_buffer(count);
  const Slice data = buffer;
  std::uint64_t wrong = check_once(comm, collective, data);
  if (!data.is_phantom()) std::fill_n(data.f32(), data.count, 0.0F);  // sums of sums would overflow

  CollectiveTiming timing{.count = count};
  timing.times_s.resize(static_cast<std::size_t>(warm_up(comm, collective, data, options)));
  barrier(comm);
  double last_s = comm.now();
  for (double& time_s : timing.times_s) {
    if (options.one_clock) {
      begin_together(comm);
      last_s = comm.now();
    }
    collective.all_reduce.run(comm, data);
    const double now_s = comm.now();
    time_s = now_s - last_s;
    last_s = now_s;
  }
  wrong += check_once(comm, collective, data);
  gather_slowest(comm, timing.times_s, wrong);
  if (!data.is_phantom()) timing.wrong = wrong;
  return timing;
}

}  // namespace tandem

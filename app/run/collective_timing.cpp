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

// A call with buffers of its own. What it leaves is in `data` or in `result`.
struct Caller {
  Caller(Comm& its_comm, const TimedOperation& its_operation, const CallShape& its_shape)
      : comm(its_comm),
        operation(its_operation),
        shape(its_shape),
        data(comm.make_buffer(shape.count)),
        result(comm.make_buffer(operation.kind.is_in_place ? 0 : shape.count)) {}

  void call() const { operation.kind.run(operation.algorithm, comm, data, result, shape.root); }
  std::uint64_t call_and_check() const;

  Comm& comm;
  const TimedOperation& operation;
  const CallShape& shape;
  Buffer data, result;
};

// The sums over ranks at one place go by the place's number alone.
std::vector<float> sums_of(int ranks) {
  std::vector<float> sums(kRankPeriod, 0);
  for (std::size_t i = 0; i < kRankPeriod; ++i) {
    for (int rank = 0; rank < ranks; ++rank)
      sums[i] += static_cast<float>(1 + (7 * static_cast<std::size_t>(rank) + i) % kRankPeriod);
  }
  return sums;
}

std::uint64_t count_wrong(const Caller& caller) {
  const std::vector<float> sums = sums_of(caller.comm.size());
  const Slice found = caller.operation.kind.is_in_place ? caller.data : caller.result;
  const auto wanted = [&](const ValueOrigin& origin) {
    if (origin.rank != ValueOrigin::kAllRanks) return value_of(origin.rank, origin.place);
    return sums[origin.place % kRankPeriod] * static_cast<float>(1 + origin.place % kPlacePeriod);
  };
  std::uint64_t wrong = 0;
  for (std::size_t i = 0; i < found.count; ++i) {
    const std::optional<ValueOrigin> origin = caller.operation.kind.origin(caller.shape, caller.comm.rank(), i);
    wrong += !origin || found.f32()[i] == wanted(*origin) ? 0 : 1;
  }
  return wrong;
}

std::uint64_t Caller::call_and_check() const {
  const Slice values = data;
  for (std::size_t i = 0; !values.is_phantom() && i < values.count; ++i) values.f32()[i] = value_of(comm.rank(), i);
  call();
  return values.is_phantom() ? 0 : count_wrong(*this);
}

// Broadcasts a value from rank 0.
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

// Doubles the number of calls until they take a quarter of the time. This warms up, and tells how many calls fill the
// time.
int warm_up(const Caller& caller, const TimingOptions& options) {
  Comm& comm = caller.comm;
  for (int rounds = 1;; rounds *= 2) {
    barrier(comm);
    const double start_s = comm.now();
    for (int i = 0; i < rounds; ++i) caller.call();
    const double took_s = comm.now() - start_s;
    const bool is_warm = took_s >= options.time_s / 4 || rounds >= options.most;
    const double wanted = took_s > 0 ? std::ceil(rounds * options.time_s / took_s) : options.least;
    const auto iterations = static_cast<int>(std::clamp<double>(wanted, options.least, options.most));
    if (const std::int64_t agreed = from_rank_0(comm, is_warm ? iterations : 0); agreed > 0) {
      return static_cast<int>(agreed);
    }
  }
}

// Each double travels as two float32 values.
void gather_slowest(Comm& comm, CollectiveTiming& timing, std::uint64_t& wrong) {
  std::vector<double>& times_s = timing.times_s;
  Buffer words(2 * times_s.size(), Payload::numeric);
  if (comm.rank() != 0) {
    std::memcpy(words.slice().f32(), times_s.data(), words.slice().bytes());
    comm.send(0, kTimes, words, Meta{{static_cast<std::int64_t>(wrong), static_cast<std::int64_t>(timing.wire_bytes)}});
    return;
  }
  std::vector<double> others_s(times_s.size());
  for (int rank = 1; rank < comm.size(); ++rank) {
    const Meta meta = comm.recv(rank, kTimes, words);
    wrong += static_cast<std::uint64_t>(meta.words[0]);
    timing.wire_bytes = std::max(timing.wire_bytes, static_cast<std::uint64_t>(meta.words[1]));
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

CollectiveTiming time_operation(Comm& comm, const TimedOperation& operation, const CallShape& shape,
                                const TimingOptions& options) {
  const Caller caller(comm, operation, shape);
  const Slice data = caller.data;
  comm.ledger().counting = true;
  const Traffic before = comm.ledger().traffic;
  std::uint64_t wrong = caller.call_and_check();
  comm.ledger().counting = false;
  const Traffic& after = comm.ledger().traffic;
  if (!data.is_phantom()) std::fill_n(data.f32(), data.count, 0.0F);  // sums of sums would overflow

  CollectiveTiming timing{.count = shape.count,
                          .wire_bytes = after.bytes_sent - after.bytes_kept - before.bytes_sent + before.bytes_kept};
  timing.times_s.resize(static_cast<std::size_t>(warm_up(caller, options)));
  barrier(comm);
  double last_s = comm.now();
  for (double& time_s : timing.times_s) {
    if (options.one_clock) {
      begin_together(comm);
      last_s = comm.now();
    }
    caller.call();
    const double now_s = comm.now();
    time_s = now_s - last_s;
    last_s = now_s;
  }
  wrong += caller.call_and_check();
  gather_slowest(comm, timing, wrong);
  if (!data.is_phantom()) timing.wrong = wrong;
  return timing;
}

}  // namespace tandem

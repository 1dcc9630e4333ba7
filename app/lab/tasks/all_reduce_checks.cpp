#include "app/lab/tasks/all_reduce_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "core/counted.h"

namespace tandem::lab {
namespace {

constexpr float kUntouched = 12345;
constexpr std::size_t kMargin = 8;

// What stands beside the vector must not be written to.
std::int64_t wrong_values(const float* values, std::size_t count, int size, std::uint64_t seed) {
  std::int64_t wrong = 0;
  for (std::size_t i = 0; i < kMargin; ++i) {
    if (values[i] != kUntouched || values[kMargin + count + i] != kUntouched) ++wrong;
  }
  for (std::size_t i = 0; i < count; ++i) {
    float sum = 0;
    for (int rank = 0; rank < size; ++rank) sum += drawn_value(seed, rank, i);
    if (values[kMargin + i] != sum) ++wrong;
  }
  return wrong;
}

Found sums(const World& world, int ranks, std::uint64_t seed, void (*all_reduce)(Comm&, Slice)) {
  const std::vector<std::size_t> counts = {0, 1, 2, 7, 64, 1009 + seed % 97};
  const std::vector<RankFound> found = in_world(world, ranks, Cluster{.workers = ranks}, [&](Comm& comm) {
    for (const std::size_t count : counts) {
      const RankFound here = all_reduced_once(comm, all_reduce, count, seed);
      if (here.wrong > 0) return here;
    }
    return RankFound{};
  });
  for (std::size_t rank = 0; rank < found.size(); ++rank) {
    const RankFound& here = found[rank];
    if (here.wrong == 0) continue;
    return {.text = fmt::format("{}, {}: {} of rank {} are wrong", counted(ranks, "rank"),
                                counted(static_cast<int>(here.of), "value"), here.wrong, rank)};
  }
  return {.holds = true, .text = fmt::format("right on 1 to {} ranks", ranks)};
}

}  // namespace

RankFound all_reduced_once(Comm& comm, void (*all_reduce)(Comm&, Slice), std::size_t count, std::uint64_t seed) {
  const Buffer buffer = comm.make_buffer(count + 2 * kMargin);
  float* const values = buffer.slice().f32();
  std::fill_n(values, buffer.count(), kUntouched);
  const Slice data = buffer.slice().part(kMargin, count);
  for (std::size_t i = 0; i < count; ++i) values[kMargin + i] = drawn_value(seed, comm.rank(), i);
  const Measured measure = measured(comm, [&](Comm& own) { all_reduce(own, data); });
  return {.wrong = wrong_values(values, count, comm.size(), seed),
          .of = static_cast<std::int64_t>(count),
          .traffic = measure.traffic,
          .time_s = measure.time_s};
}

std::vector<Check> sum_checks(std::uint64_t seed, const std::vector<int>& points) {
  std::vector<Check> checks;
  for (const World* world : lab_worlds()) {
    Check check{.name = fmt::format("sums in {}", world->name), .points = points.at(checks.size())};
    for (const int ranks : {1, 2, 3, 5, 8}) {
      check.trials.emplace_back([=](const Answer& answer) { return sums(*world, ranks, seed, answer.all_reduce); });
    }
    checks.push_back(std::move(check));
  }
  return checks;
}

}  // namespace tandem::lab

// The check of bench-collectives must see a collective that is wrong: each of these is, in one way.
#include "app/run/collective_timing.h"

#include <gtest/gtest.h>

#include <mutex>

#include "algorithms/collectives/kinds.h"
#include "app/worlds/worlds.h"

namespace tandem {
namespace {

constexpr int kRanks = 3;
constexpr std::size_t kCount = 1009;
constexpr TimingOptions kBriefly{.time_s = 0, .least = 1};

std::uint64_t wrong_values(void (*all_reduce)(Comm&, Slice)) {
  const Collective collective{.name = "under test", .all_reduce = {all_reduce}};
  CollectiveTiming seen;
  std::mutex mutex;
  find_world("threads")->run({.ranks = kRanks}, [&](Endpoint& endpoint) {
    Comm comm(endpoint, {});
    const CollectiveTiming timing =
        time_operation(comm, {operation_kind("all-reduce"), collective}, shape_of(comm, kCount), kBriefly);
    const std::lock_guard hold(mutex);
    if (comm.rank() == 0) seen = timing;
  });
  return seen.wrong.value();
}

TEST(CollectiveTiming, FindsNothingWrongWithTheRing) {
  EXPECT_EQ(wrong_values(collective_named("ring").all_reduce.run), 0U);
}

// Every value of every rank is checked twice: before and after the timing.
TEST(CollectiveTiming, SeesThatNothingWasSummed) {
  EXPECT_EQ(wrong_values([](Comm&, Slice) {}), 2U * kRanks * kCount);
}

TEST(CollectiveTiming, SeesOneWrongValueOnOneRank) {
  EXPECT_EQ(wrong_values([](Comm& comm, Slice data) {
              collective_named("ring").all_reduce.run(comm, data);
              if (comm.rank() == 2) data.f32()[kCount - 1] += 1;
            }),
            2U);
}

TEST(CollectiveTiming, SeesValuesInAnotherPlace) {
  EXPECT_GT(wrong_values([](Comm& comm, Slice data) {
              collective_named("ring").all_reduce.run(comm, data);
              std::swap(data.f32()[0], data.f32()[1]);
            }),
            0U);
}

TEST(CollectiveTiming, SeesThatARankWasCountedTwiceAndAnotherNot) {
  EXPECT_GT(wrong_values([](Comm& comm, Slice data) {
              for (std::size_t i = 0; comm.rank() == 1 && i < data.count; ++i) data.f32()[i] *= 2;
              for (std::size_t i = 0; comm.rank() == 2 && i < data.count; ++i) data.f32()[i] = 0;
              collective_named("ring").all_reduce.run(comm, data);
            }),
            0U);
}

TEST(CollectiveTiming, CountsTheBytesOfTheRankThatSendsMost) {
  const OperationKind& broadcast = operation_kind("broadcast");
  CollectiveTiming seen;
  std::mutex mutex;
  find_world("threads")->run({.ranks = 2}, [&](Endpoint& endpoint) {
    Comm comm(endpoint, {});
    const CollectiveTiming timing =
        time_operation(comm, {broadcast, collective_named("binomial-tree")}, shape_of(comm, kCount, 1), kBriefly);
    const std::lock_guard hold(mutex);
    if (comm.rank() == 0) seen = timing;
  });
  EXPECT_EQ(seen.wire_bytes, kCount * sizeof(float));
  EXPECT_EQ(seen.wrong, 0U);
}

}  // namespace
}  // namespace tandem

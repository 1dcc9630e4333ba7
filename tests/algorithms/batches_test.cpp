#include "algorithms/data/batches.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

namespace tandem {
namespace {

using RowNumbers = std::vector<std::uint32_t>;

TEST(Batches, WithoutShufflingFollowTheFileAndLeaveTheRestOut) {
  const Batches batches(10, 3, 7, false, 1, Partitioning::range, 2);
  EXPECT_EQ(batches.steps_per_epoch(), 3U);
  EXPECT_EQ(batches.global(0), (RowNumbers{0, 1, 2}));
  EXPECT_EQ(batches.global(2), (RowNumbers{6, 7, 8}));
  EXPECT_EQ(batches.global(3), (RowNumbers{0, 1, 2}));
  EXPECT_EQ(batches.part(0, 0), (RowNumbers{0}));
  EXPECT_EQ(batches.part(0, 1), (RowNumbers{1, 2}));
}

TEST(Batches, AnEpochIsAPermutationAndEpochsDiffer) {
  constexpr std::size_t kRows = 101;
  const Batches batches(kRows, 1, 2 * kRows, true, 1, Partitioning::range, 1);
  std::vector<RowNumbers> epochs(2);
  for (std::size_t step = 0; step < 2 * kRows; ++step) epochs[step / kRows].push_back(batches.global(step).front());
  RowNumbers in_order(kRows);
  std::iota(in_order.begin(), in_order.end(), 0U);
  for (const RowNumbers& epoch : epochs) {
    EXPECT_NE(epoch, in_order);
    EXPECT_TRUE(std::is_permutation(epoch.begin(), epoch.end(), in_order.begin()));
  }
  EXPECT_NE(epochs[0], epochs[1]);
}

TEST(Batches, EveryPermutationOfThreeRowsIsAboutAsLikely) {
  std::map<RowNumbers, int> seen;
  for (std::uint64_t seed = 0; seed < 6000; ++seed) {
    ++seen[Batches(3, 3, 1, true, seed, Partitioning::range, 1).global(0)];
  }
  ASSERT_EQ(seen.size(), 6U);
  // 1000 expected, standard deviation sqrt(6000 / 6 * 5 / 6) = 29; five of them.
  for (const auto& [order, count] : seen) EXPECT_NEAR(count, 1000, 145);
}

TEST(Batches, DependOnTheSeedAndNotOnTheWorkers) {
  const Batches one(50, 20, 4, true, 9, Partitioning::range, 1), many(50, 20, 4, true, 9, Partitioning::hash, 7);
  const Batches other(50, 20, 4, true, 10, Partitioning::range, 1);
  for (std::size_t step = 0; step < 4; ++step) EXPECT_EQ(one.global(step), many.global(step));
  EXPECT_NE(one.global(0), other.global(0));
}

struct PartCase {
  Partitioning partitioning;
  std::size_t batch;
  int workers;
};

void PrintTo(const PartCase& part, std::ostream* out) {
  *out << (part.partitioning == Partitioning::hash ? "hash" : "range") << ", " << part.batch << " samples over "
       << part.workers;
}

class Parts : public testing::TestWithParam<PartCase> {};

TEST_P(Parts, OfAllWorkersAreTheGlobalBatchOnce) {
  const auto [partitioning, batch, workers] = GetParam();
  const Batches batches(3 * batch + 1, batch, 5, true, 4, partitioning, workers);
  for (std::size_t step = 0; step < 5; ++step) {
    RowNumbers together;
    for (int worker = 0; worker < workers; ++worker) {
      const RowNumbers part = batches.part(step, worker);
      EXPECT_EQ(batches.part_size(step, worker), part.size());
      together.insert(together.end(), part.begin(), part.end());
    }
    RowNumbers global = batches.global(step);
    if (partitioning == Partitioning::hash) {
      std::sort(global.begin(), global.end());
      std::sort(together.begin(), together.end());
    }
    EXPECT_EQ(together, global);
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, Parts,
                         testing::Values(PartCase{Partitioning::range, 1, 1}, PartCase{Partitioning::range, 13, 4},
                                         PartCase{Partitioning::range, 16, 4}, PartCase{Partitioning::range, 3, 8},
                                         PartCase{Partitioning::speed, 13, 4}, PartCase{Partitioning::hash, 1, 1},
                                         PartCase{Partitioning::hash, 13, 4}, PartCase{Partitioning::hash, 64, 5},
                                         PartCase{Partitioning::hash, 3, 8}));

TEST(Batches, SpeedGivesPartsInItsProportionToARow) {
  for (const auto& speeds : {std::vector<double>{1, 2, 3, 4}, {7}, {0.001, 1}, {3, 3, 3}, {1e12, 5e11, 2.5e11}}) {
    for (const std::size_t batch : {1U, 10U, 97U}) {
      const int workers = static_cast<int>(speeds.size());
      const Batches batches(batch, batch, 1, false, 4, Partitioning::speed, workers, speeds);
      const double all = std::accumulate(speeds.begin(), speeds.end(), 0.0);
      RowNumbers together;
      for (int worker = 0; worker < workers; ++worker) {
        const RowNumbers part = batches.part(0, worker);
        EXPECT_EQ(part.size(), batches.part_size(0, worker));
        const double share = speeds[static_cast<std::size_t>(worker)] / all;
        EXPECT_NEAR(static_cast<double>(part.size()), share * static_cast<double>(batch), 1);
        together.insert(together.end(), part.begin(), part.end());
      }
      EXPECT_EQ(together, batches.global(0));
    }
  }
}

TEST(Batches, HashKeepsARowWithItsWorkerInEveryEpoch) {
  constexpr int kWorkers = 5;
  const Batches batches(40, 20, 8, true, 4, Partitioning::hash, kWorkers);
  std::vector<std::set<int>> workers_of_row(40);
  for (std::size_t step = 0; step < 8; ++step) {
    for (int worker = 0; worker < kWorkers; ++worker) {
      for (const std::uint32_t row : batches.part(step, worker)) workers_of_row[row].insert(worker);
    }
  }
  for (const std::set<int>& workers : workers_of_row) EXPECT_EQ(workers.size(), 1U);
}

TEST(Batches, HashSpreadsRowsEvenly) {
  const Batches batches(10000, 10000, 1, false, 4, Partitioning::hash, 8);
  // 1250 expected, standard deviation 33; five of them.
  for (int worker = 0; worker < 8; ++worker) EXPECT_NEAR(static_cast<double>(batches.part_size(0, worker)), 1250, 165);
}

}  // namespace
}  // namespace tandem

#include "core/rng.h"

#include <gtest/gtest.h>

#include <set>

namespace tandem {
namespace {

TEST(KeyedStream, TheSameKeyGivesTheSameNumbers) {
  auto a = keyed_stream(42, Purpose::shuffle, 3, 7), b = keyed_stream(42, Purpose::shuffle, 3, 7);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(a(), b()) << i;
}

TEST(KeyedStream, EveryPartOfTheKeyMatters) {
  constexpr std::uint64_t kHigh = std::uint64_t{1} << 32;  // the upper half of each part is in the key, too
  std::set<std::uint64_t> first_numbers;
  first_numbers.insert(keyed_stream(1, Purpose::shuffle, 1, 1)());
  first_numbers.insert(keyed_stream(2, Purpose::shuffle, 1, 1)());
  first_numbers.insert(keyed_stream(1 + kHigh, Purpose::shuffle, 1, 1)());
  first_numbers.insert(keyed_stream(1, Purpose::partition, 1, 1)());
  first_numbers.insert(keyed_stream(1, Purpose::shuffle, 2, 1)());
  first_numbers.insert(keyed_stream(1, Purpose::shuffle, 1 + kHigh, 1)());
  first_numbers.insert(keyed_stream(1, Purpose::shuffle, 1, 2)());
  first_numbers.insert(keyed_stream(1, Purpose::shuffle, 1, 1 + kHigh)());
  EXPECT_EQ(first_numbers.size(), 8u);
}

TEST(KeyWords, AreThoseOfTheStandardsSequence) {
  for (const std::uint32_t word : {0U, 1U, 42U, 0x80000000U, 0xffffffffU}) {
    KeyWords words({word, 7, word * 3, ~word, 0, word, 5});
    std::seed_seq sequence{word, 7U, word * 3, ~word, 0U, word, 5U};
    std::mt19937_64 ours(words), standard(sequence);
    EXPECT_EQ(ours, standard) << word;
  }
}

// Floyd's algorithm with a set, as it is printed.
TEST(DrawDistinct, IsTheTextbooksDrawInAscendingOrder) {
  const std::size_t sizes[][2] = {{0, 0},   {0, 5},    {1, 1},    {1, 64},    {64, 64},
                                  {65, 65}, {63, 129}, {7, 1009}, {500, 1009}};
  for (const auto& [k, count] : sizes) {
    auto stream = keyed_stream(42, Purpose::clients, k, count);
    const std::vector<std::size_t> numbers = draw_distinct(k, count, stream);
    std::set<std::size_t> expected;
    for (std::size_t last = count - k; last < count; ++last) {
      if (!expected.insert(stream() % (last + 1)).second) expected.insert(last);
    }
    EXPECT_EQ(numbers, std::vector<std::size_t>(expected.begin(), expected.end())) << k << " of " << count;
  }
}

}  // namespace
}  // namespace tandem

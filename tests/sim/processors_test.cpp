// Computations as dates: what shares a processor, what stands still, and what ends together.
#include "sim/engine/processors.h"

#include <gtest/gtest.h>

#include <deque>

namespace tandem::sim {
namespace {

struct Ended {
  int rank;
  double flops, date_s;
  bool operator==(const Ended&) const = default;
};
void PrintTo(const Ended& ended, std::ostream* out) {
  *out << "rank " << ended.rank << " ended " << ended.flops << " flops at " << ended.date_s << " s";
}

/// Two processors, of 100 and 200 flop/s.
class ProcessorsTest : public testing::Test {
 protected:
  Stack& stack_of(int rank) {
    stacks_.emplace_back().begin(rank, "", never_);
    return stacks_.back();
  }
  void play_until(double until_s) {
    while (processors_.next_end_s() <= until_s) {
      now_s_ = processors_.next_end_s();
      processors_.play(now_s_);
    }
    now_s_ = until_s;
  }

  const double never_ = 0;
  double now_s_ = 0;
  std::deque<Stack> stacks_;
  std::vector<Ended> ended_;
  Processors processors_{{100, 200}, [this](Stack& stack, double flops) {
                           ended_.push_back({stack.rank(), flops, now_s_});
                         }};
};

TEST_F(ProcessorsTest, OneTakesItsFlopsAtTheSpeedOfItsRank) {
  EXPECT_EQ(processors_.next_end_s(), kNoDeadline);
  processors_.start(stack_of(0), 100, 0);
  processors_.start(stack_of(1), 100, 0);
  processors_.start(stack_of(1), 0, 0);
  play_until(10);
  EXPECT_EQ(ended_, (std::vector<Ended>{{1, 0, 0}, {1, 100, 0.5}, {0, 100, 1}}));
}

TEST_F(ProcessorsTest, SeveralOfOneRankShareEvenly) {
  processors_.start(stack_of(0), 100, 0);
  processors_.start(stack_of(0), 300, 0);
  play_until(1);
  processors_.start(stack_of(0), 25, 1);  // 50 and 250 are left, a third of the speed is each one's for 0.75 s
  play_until(10);
  EXPECT_EQ(ended_, (std::vector<Ended>{{0, 25, 1.75}, {0, 100, 2.25}, {0, 300, 4.25}}));
}

TEST_F(ProcessorsTest, EqualOnesEndTogetherInTheOrderStarted) {
  for (const double flops : {40.0, 60.0, 40.0}) processors_.start(stack_of(0), flops, 0);
  play_until(10);
  EXPECT_EQ(ended_, (std::vector<Ended>{{0, 40, 1.2}, {0, 40, 1.2}, {0, 60, 1.4}}));
}

TEST_F(ProcessorsTest, WhatStandsStillGoesOnWhereItWas) {
  processors_.start(stack_of(0), 100, 0);
  play_until(0.25);
  processors_.set_stopped(0, true, 0.25);
  processors_.start(stack_of(0), 50, 1);  // it stands still, too
  play_until(2);
  EXPECT_TRUE(ended_.empty());
  EXPECT_EQ(processors_.next_end_s(), kNoDeadline);
  processors_.set_stopped(0, false, 2);
  play_until(10);
  EXPECT_EQ(ended_, (std::vector<Ended>{{0, 50, 3}, {0, 100, 3.25}}));
}

}  // namespace
}  // namespace tandem::sim

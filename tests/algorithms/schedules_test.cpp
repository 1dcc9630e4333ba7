// Schedules without ranks: what every one of them does, and the laws of the literature for their times and memory.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>

#include "algorithms/schedules/play.h"
#include "algorithms/schedules/schedule.h"
#include "tests/algorithms/zero_bubble_table.h"

namespace tandem {
namespace {

const Schedule& schedule(const std::string& name) { return *all_schedules().find(name); }

Playback played(const std::string& name, int stages, int microbatches, const SlotTimes& times = {}, int chunks = 0) {
  return play(schedule(name), stages, chunks == 0 ? schedule(name).least_chunks : chunks, microbatches, times);
}

int most_on_stage(const std::string& name, int stage, int stages, int microbatches, int chunks = 1) {
  return most_in_flight(schedule(name).slots(stage, stages, chunks, microbatches));
}

// Awkward numbers: one stage, one micro-batch, primes, fewer micro-batches than stages.
const std::vector<int> kStages = {1, 2, 3, 4, 7}, kMicrobatches = {1, 2, 3, 4, 6, 7, 8, 13, 14, 21};

TEST(Schedules, EveryMicrobatchGoesForwardOnceAndBackOnceInEveryChunk) {
  for (const Schedule& one : all_schedules()) {
    for (const int p : kStages) {
      for (const int m : kMicrobatches) {
        for (int v = one.least_chunks; v <= std::min(one.most_chunks, 3); ++v) {
          if (refusal_of(one, p, v, m)) continue;
          std::map<int, int> parts;
          for (int stage = 0; stage < p; ++stage) {
            std::map<std::array<int, 2>, std::map<SlotWork, int>> done;
            for (const Slot& slot : one.slots(stage, p, v, m)) ++done[{slot.chunk, slot.microbatch}][slot.work];
            EXPECT_EQ(done.size(), static_cast<std::size_t>(m * v)) << one.name;
            for (const auto& [which, times] : done) {
              const bool is_joint = times.contains(SlotWork::backward);
              const std::map<SlotWork, int> joint = {{SlotWork::forward, 1}, {SlotWork::backward, 1}};
              const std::map<SlotWork, int> split = {
                  {SlotWork::forward, 1}, {SlotWork::backward_input, 1}, {SlotWork::backward_weight, 1}};
              EXPECT_EQ(times, is_joint ? joint : split) << one.name << ", stage " << stage << " of " << p;
            }
            for (int chunk = 0; chunk < v; ++chunk) ++parts[one.part(stage, p, chunk)];
          }
          EXPECT_EQ(parts.size(), static_cast<std::size_t>(p * v)) << one.name << ": each part has one holder";
          EXPECT_EQ(parts.rbegin()->first, p * v - 1) << one.name;
          // It throws where slots wait for each other.
          EXPECT_GE(play(one, p, v, m, {}).bubble_s(), -1e-9) << one.name;
        }
      }
    }
  }
}

constexpr SlotTimes kUneven{.forward_s = 3, .backward_input_s = 2, .backward_weight_s = 1};

TEST(Schedules, BubblesWithoutCommunication) {
  for (const int p : kStages) {
    for (const int m : kMicrobatches) {
      // (p - 1) (T_F + T_B + T_W), whatever m.
      for (const char* name : {"gpipe", "1f1b"}) {
        EXPECT_DOUBLE_EQ(played(name, p, m, kUneven).bubble_s(), (p - 1) * 6.0) << name << p << " " << m;
        EXPECT_DOUBLE_EQ(played(name, p, m, kUneven).makespan_s, (m + p - 1) * 6.0);
      }
      if (m <= p) {
        for (const char* name : {"zb-h1", "zb-h2"})
          EXPECT_DOUBLE_EQ(played(name, p, m, kUneven).makespan_s, (m + p - 1) * 5.0 + 1) << name << p << " " << m;
      }
      for (const int v : {2, 3, 5}) {
        if (m % p != 0) continue;
        const SlotTimes part{3.0 / v, 2.0 / v, 1.0 / v};
        EXPECT_NEAR(played("interleaved", p, m, part, v).bubble_s(), (p - 1) * 6.0 / v, 1e-9) << p << " " << m;
      }
      if (m >= 2 * p - 1) {
        EXPECT_DOUBLE_EQ(played("zb-h1", p, m).bubble_s(), (p - 1) * 1.0) << p << " " << m;
        EXPECT_DOUBLE_EQ(played("zb-h2", p, m).bubble_s(), 0) << p << " " << m;
        EXPECT_DOUBLE_EQ(played("zb-v", p, m).bubble_s(), 0) << p << " " << m;
      }
    }
  }
}

TEST(Schedules, ZbH2sStagesHaveNoBubbleButEndOneAfterTheOther) {
  const Playback playback = played("zb-h2", 4, 12);
  EXPECT_DOUBLE_EQ(playback.span_s, 36);
  EXPECT_DOUBLE_EQ(playback.makespan_s, 39);
}

TEST(Schedules, BubbleRatesOfThePaperToFourDigits) {
  for (const ZeroBubbleRow& row : kZeroBubbleTable) {
    for (const auto& [name, rate] : row.rates) {
      const Playback playback = played(name, kZeroBubbleStages, row.microbatches, row.times_ms);
      EXPECT_NEAR(playback.bubble_s() / playback.span_s, rate, 0.5e-4) << name << ", m = " << row.microbatches;
    }
  }
}

TEST(Schedules, BubblesWithCommunicationAreTheClosedForms) {
  for (const ZeroBubbleRow& row : kZeroBubbleTable) {
    const auto& [f, b, w, c] = row.times_ms;
    const int m = row.microbatches;
    for (const int p : {2, 4, 8}) {
      const auto bubble = [&](const char* name) { return played(name, p, m, row.times_ms).bubble_s(); };
      EXPECT_NEAR(bubble("1f1b"), (p - 1) * (f + b + w) + (2.0 * (p - 1) * m / p + 2 * (p - 2)) * c, 1e-9) << p;
      EXPECT_NEAR(bubble("zb-h1"), (p - 1) * (f + b - w + 4 * c), 1e-9) << p;
      EXPECT_NEAR(bubble("zb-h2"), (p - 1) * (f + b - 2 * w + 2 * c), 1e-9) << p;
    }
  }
}

TEST(Schedules, MostActivationsOnAStage) {
  for (const int p : kStages) {
    const int m = 3 * p;
    for (int stage = 0; stage < p; ++stage) {
      EXPECT_EQ(most_on_stage("gpipe", stage, p, m), m);
      EXPECT_EQ(most_on_stage("1f1b", stage, p, m), p - stage);
      EXPECT_EQ(most_on_stage("zb-h1", stage, p, m), p);
      EXPECT_EQ(most_on_stage("zb-h2", stage, p, m), 2 * p - 1);
      EXPECT_LE(most_on_stage("zb-v", stage, p, m, 2), 2 * p) << "of half a stage each";
      // p micro-batches of a whole stage are v p of its chunks.
      for (const int v : {2, 3}) {
        const int most = v * p + p - 2 * stage - 1;
        EXPECT_EQ(most_on_stage("interleaved", stage, p, m, v), most) << p << " " << stage << " " << v;
      }
    }
  }
}

TEST(Schedules, RefusalsSayWhy) {
  const auto reason = [](const char* name, int stages, int chunks, int microbatches) {
    return refusal_of(schedule(name), stages, chunks, microbatches).value_or("");
  };
  EXPECT_EQ(reason("interleaved", 4, 2, 8), "");
  EXPECT_EQ(reason("interleaved", 4, 2, 6),
            "interleaved takes micro-batches in groups of as many as there are stages, and 6 are no multiple of 4");
  EXPECT_EQ(reason("interleaved", 4, 1, 8), "a stage of interleaved holds 2 to 1000 of the model's parts, not 1");
  EXPECT_EQ(reason("zb-v", 4, 3, 8), "a stage of zb-v holds 2 of the model's parts, not 3");
  EXPECT_EQ(reason("1f1b", 4, 2, 8), "a stage of 1f1b holds 1 of the model's parts, not 2");
}

TEST(Schedules, APictureHasARowForEachStage) {
  EXPECT_EQ(picture_of(played("1f1b", 2, 2), 1),
            "stage 1 F1F2    B1--  B2--\n"
            "stage 2   F1B1--F2B2--\n");
  EXPECT_EQ(picture_of(played("zb-h2", 2, 2), 1),
            "stage 1 F1F2  B1W1B2W2\n"
            "stage 2   F1B1F2B2W1W2\n");
}

}  // namespace
}  // namespace tandem

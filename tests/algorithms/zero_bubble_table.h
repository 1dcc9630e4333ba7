// The bubble rates of Qi et al., "Zero bubble pipeline parallelism" (arXiv 2401.10241): measured times of a micro-batch
// on one of eight stages, and the rates that the schedules have with them.
#pragma once

#include <utility>
#include <vector>

#include "algorithms/schedules/play.h"

namespace tandem {

struct ZeroBubbleRow {
  int microbatches;
  SlotTimes times_ms;
  std::vector<std::pair<const char*, double>> rates;
};

inline constexpr int kZeroBubbleStages = 8;

inline const std::vector<ZeroBubbleRow> kZeroBubbleTable = {
    {24, {18.522, 18.086, 9.337, .601}, {{"1f1b", .2431}, {"zb-h1", .1585}, {"zb-h2", .1083}}},
    {32, {18.513, 18.086, 9.331, .626}, {{"1f1b", .1985}, {"zb-h1", .1242}, {"zb-h2", .0837}}},
    {64, {18.546, 18.097, 9.321, .762}, {{"1f1b", .1240}, {"zb-h1", .0674}, {"zb-h2", .0444}}},
    {24, {29.718, 29.444, 19.927, .527}, {{"1f1b", .2347}, {"zb-h1", .1323}, {"zb-h2", .0698}}},
    {32, {29.802, 29.428, 19.530, .577}, {{"1f1b", .1898}, {"zb-h1", .1045}, {"zb-h2", .0559}}},
    {64, {29.935, 29.621, 19.388, .535}, {{"1f1b", .1091}, {"zb-h1", .0554}, {"zb-h2", .0294}}}};

}  // namespace tandem

#include "app/run/hangs.h"

#include "app/scenario/checkpoint_fields.h"

namespace tandem {

std::vector<PlannedHang> hangs_of(const Scenario& scenario) {
  std::vector<PlannedHang> hangs;
  for (std::size_t i = 0; i < scenario.faults.size(); ++i) {
    const FaultSpec& fault = scenario.faults[i];
    if (!fault.hangs) continue;
    hangs.push_back({rank_of(*fault.hangs, scenario), fault.at->step, fault.at->time_s, fault.lasts_s, i});
  }
  return hangs;
}

void hang(Comm& comm, const PlannedHang& planned, const Journal& journal, double time_s, std::size_t step) {
  journal.append({.kind = JournalEntry::Kind::hung,
                  .time_s = time_s,
                  .step = step,
                  .rank = planned.rank,
                  .fault = planned.fault,
                  .lasts_s = planned.lasts_s});
  comm.hang(planned.lasts_s);
}

HangsAtTimes::HangsAtTimes(Comm& comm, const std::vector<PlannedHang>& planned, const Journal& journal, double start_s,
                           double begins_at_s) {
  for (const PlannedHang& one : planned) {
    if (one.rank != comm.rank() || one.step || one.time_s < begins_at_s) continue;
    tasks_.push_back(comm.spawn("hang", [one, journal, start_s](Comm& second) {
      const double hangs_s = start_s + one.time_s;
      second.sleep_until(hangs_s);
      if (second.now() >= hangs_s) hang(second, one, journal, second.now() - start_s, 0);
    }));
  }
}

}  // namespace tandem

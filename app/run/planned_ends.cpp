#include "app/run/planned_ends.h"

#include <csignal>

#include "app/store/join_request.h"
#include "core/errors.h"
#include "core/rank_died.h"

namespace tandem {
namespace {

[[noreturn]] void end_process() {
  raise(SIGKILL);
  broken_invariant("a process outlived its death");
}

}  // namespace

void note_death(const Journal& journal, const PlannedFailure& death, EndsAt at, const std::string& cause) {
  journal.append({.kind = JournalEntry::Kind::died,
                  .time_s = at.time_s,
                  .step = at.step,
                  .rank = death.rank,
                  .fault = death.fault,
                  .cause = cause});
}

void die_alone(const Journal& journal, const PlannedFailure& death, EndsAt at, const std::string& cause) {
  note_death(journal, death, at, cause);
  throw RankDied();
}

void fail_as_planned(const Journal& journal, const PlannedFailure& failure, EndsAt at) {
  journal.append({.kind = JournalEntry::Kind::failure,
                  .time_s = at.time_s,
                  .step = at.step,
                  .rank = failure.rank,
                  .fault = failure.fault});
  end_process();
}

void end_for_change(const std::filesystem::path& folder, const AskedChange& change, EndsAt at) {
  Journal(folder).append({.kind = JournalEntry::Kind::changed,
                          .time_s = at.time_s,
                          .step = at.step,
                          .workers = change.workers,
                          .hosts = change.hosts,
                          .request = change.request});
  if (!change.request.empty()) remove_request(folder);
  end_process();
}

}  // namespace tandem

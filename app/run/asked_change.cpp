#include "app/run/asked_change.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/launch/hosts.h"
#include "app/store/join_request.h"
#include "app/store/journal.h"
#include "core/errors.h"

namespace tandem {
namespace {

std::string refusal_of_places(const JoinRequest& request, const WorkerRange& range, int after) {
  if (!range.room) return request.hosts.empty() ? "" : "the run is on one host, and not by --hosts: no other can come";
  int room = *range.room;
  try {
    if (!request.hosts.empty()) room += places_on(parse_hosts(request.hosts));
  } catch (const UsageError& error) {
    return error.what();
  }
  return after > room ? fmt::format("the hosts of the run have room for {}", room) : "";
}

std::string refusal_of(const JoinRequest& request, const WorkerRange& range, int workers) {
  if (!request.problem.empty()) return request.problem;
  const int after = workers + request.joining;
  const std::string there_are = workers == 1 ? "there is 1 worker" : fmt::format("there are {} workers", workers);
  if (after > range.most)
    return fmt::format("{}; {} more would be more than membership.most, {}", there_are, request.joining, range.most);
  if (after < range.least)
    return fmt::format("{}; {} less would be fewer than membership.least, {}", there_are, -request.joining,
                       range.least);
  const std::string refusal = refusal_of_places(request, range, after);
  return refusal.empty() ? "" : there_are + ", and " + refusal;
}

}  // namespace

std::optional<AskedChange> asked_change(const std::filesystem::path& folder, const WorkerRange& range, int workers,
                                        double time_s, std::size_t step) {
  const std::optional<JoinRequest> request = request_in(folder);
  if (!request) return std::nullopt;
  const Journal journal(folder);
  const std::vector<JournalEntry> entries = journal.read();
  // What can be neither read nor removed is there at every step, and is refused at the first.
  const bool is_answered = std::any_of(entries.begin(), entries.end(), [&](const JournalEntry& entry) {
    const bool is_decision = entry.kind == JournalEntry::Kind::refused || entry.kind == JournalEntry::Kind::changed;
    return is_decision && entry.request == request->id && (!request->id.empty() || entry.step + 1 == step);
  });
  const std::string refusal = is_answered ? "" : refusal_of(*request, range, workers);
  if (!is_answered && refusal.empty()) return AskedChange{request->id, workers + request->joining, request->hosts};
  if (!is_answered) {
    journal.append({.kind = JournalEntry::Kind::refused,
                    .time_s = time_s,
                    .step = step,
                    .cause = refusal,
                    .request = request->id});
  }
  remove_request(folder);
  return std::nullopt;
}

}  // namespace tandem

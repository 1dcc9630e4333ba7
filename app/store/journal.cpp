#include "app/store/journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/errors.h"
#include "core/process/file_descriptor.h"

namespace tandem {

NLOHMANN_JSON_SERIALIZE_ENUM(JournalEntry::Kind, {{JournalEntry::Kind::began, "began"},
                                                  {JournalEntry::Kind::checkpoint, "checkpoint"},
                                                  {JournalEntry::Kind::failure, "failure"},
                                                  {JournalEntry::Kind::noticed, "noticed"},
                                                  {JournalEntry::Kind::hung, "hung"},
                                                  {JournalEntry::Kind::died, "died"},
                                                  {JournalEntry::Kind::replaced, "replaced"},
                                                  {JournalEntry::Kind::changed, "changed"},
                                                  {JournalEntry::Kind::refused, "refused"}})

namespace {

nlohmann::ordered_json json_of(const JournalEntry& entry) {
  nlohmann::ordered_json json = {
      {"event", entry.kind}, {"time_s", entry.time_s}, {"step", entry.step}, {"written_s", steady_now_s()}};
  using Kind = JournalEntry::Kind;
  if (entry.kind == Kind::began) json.update({{"start_s", entry.start_s}, {"workers", entry.workers}});
  if (entry.kind == Kind::checkpoint) json.update({{"blocked_s", entry.blocked_s}, {"bytes", entry.bytes}});
  if (entry.kind == Kind::hung) json["lasts_s"] = entry.lasts_s;
  if (entry.kind == Kind::changed) json["workers"] = entry.workers;
  const bool is_of_a_rank = entry.kind == Kind::failure || entry.kind == Kind::hung || entry.kind == Kind::died;
  if (is_of_a_rank) json["rank"] = entry.rank;
  if (is_of_a_rank && entry.cause.empty()) json["fault"] = entry.fault;
  if (entry.kind == Kind::replaced) json.update({{"rank", entry.rank}, {"lasts_s", entry.lasts_s}});
  if (!entry.cause.empty()) json["cause"] = entry.cause;
  if (!entry.hosts.empty()) json["hosts"] = entry.hosts;
  if (!entry.request.empty()) json["request"] = entry.request;
  return json;
}

JournalEntry entry_of(const nlohmann::ordered_json& json) {
  JournalEntry entry;
  json.at("event").get_to(entry.kind);
  json.at("time_s").get_to(entry.time_s);
  json.at("step").get_to(entry.step);
  json.at("written_s").get_to(entry.written_s);
  entry.start_s = json.value("start_s", 0.0);
  entry.blocked_s = json.value("blocked_s", 0.0);
  entry.bytes = json.value("bytes", std::uint64_t{0});
  entry.lasts_s = json.value("lasts_s", 0.0);
  entry.workers = json.value("workers", 0);
  entry.rank = json.value("rank", 0);
  entry.fault = json.value("fault", std::size_t{0});
  entry.cause = json.value("cause", std::string());
  entry.hosts = json.value("hosts", std::string());
  entry.request = json.value("request", std::string());
  return entry;
}

}  // namespace

double steady_now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

Journal::Journal(const std::filesystem::path& folder) : path_(folder / "journal.jsonl") {}

void Journal::append(const JournalEntry& entry) const {
  const std::string line = json_of(entry).dump() + "\n";
  const FileDescriptor file(open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!file || ::write(file.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
    throw RunFailed(fmt::format("cannot write {}: {}", path_.string(), std::strerror(errno)));
}

std::vector<JournalEntry> Journal::read() const {
  std::vector<JournalEntry> entries;
  std::ifstream file(path_);
  for (std::string line; std::getline(file, line);) {
    const auto json = nlohmann::ordered_json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (json.is_object()) entries.push_back(entry_of(json));
  }
  return entries;
}

// Between two events passes time of one kind: training that stands, training that is lost, or recovery. What a failure
// loses is what came after the last checkpoint before it, or after the beginning.
void add_costs(const std::vector<JournalEntry>& entries, RunResult& result) {
  if (entries.empty()) return;
  result.checkpoints = 0;
  if (std::isnan(result.failures)) result.failures = 0;
  result.checkpoint_bytes = 0;
  result.checkpoint_s = result.lost_steps = result.lost_s = result.detect_s = result.recovery_s = 0;
  double kept_until_s = 0, failed_s = 0;
  std::size_t kept_steps = 0;
  bool is_training = false, has_stopped = false;
  double last_lost_s = 0, last_lost_steps = 0;  // by the last failure
  std::map<int, double> died_s;                 // when each rank did
  for (const JournalEntry& entry : entries) {
    switch (entry.kind) {
      case JournalEntry::Kind::began:
        if (std::exchange(has_stopped, false)) result.recovery_s += entry.time_s - failed_s;
        is_training = true;
        kept_until_s = entry.time_s;
        kept_steps = entry.step;
        break;
      case JournalEntry::Kind::checkpoint:
        ++result.checkpoints;
        result.checkpoint_bytes += static_cast<double>(entry.bytes);
        result.checkpoint_s += entry.blocked_s;
        kept_until_s = entry.time_s;
        kept_steps = entry.step;
        if (!is_training) {
          // It was complete only after a rank had failed that had written its part: what that lost was kept after all.
          result.lost_s -= std::exchange(last_lost_s, 0);
          result.lost_steps -= std::exchange(last_lost_steps, 0);
        }
        break;
      case JournalEntry::Kind::failure:
        ++result.failures;
        last_lost_s = is_training ? entry.time_s - kept_until_s : 0;
        last_lost_steps = is_training ? static_cast<double>(entry.step - std::min(entry.step, kept_steps)) : 0;
        result.lost_s += last_lost_s;
        result.lost_steps += last_lost_steps;
        if (!is_training) result.recovery_s += entry.time_s - failed_s;
        is_training = false, has_stopped = true;
        failed_s = entry.time_s;
        break;
      case JournalEntry::Kind::changed:
        is_training = false, has_stopped = true;
        failed_s = entry.time_s;
        last_lost_s = last_lost_steps = 0;
        break;
      case JournalEntry::Kind::noticed:
        result.detect_s += entry.time_s - failed_s;
        break;
      case JournalEntry::Kind::hung:
        break;  // training goes on, if slowly
      case JournalEntry::Kind::refused:
        break;
      case JournalEntry::Kind::died:
        died_s[entry.rank] = entry.time_s;
        break;  // counted by who has left no record: somebody may be killed from outside, and note nothing
      case JournalEntry::Kind::replaced: {
        // Who waited longer had begun when it lived.
        const auto death = died_s.find(entry.rank);
        const double most_s = death == died_s.end() ? entry.lasts_s : entry.time_s - death->second;
        result.detect_s += std::min(entry.lasts_s, most_s);
        result.recovery_s += std::min(entry.lasts_s, most_s);
        break;
      }
    }
  }
  result.useful_s = result.time_s - result.checkpoint_s - result.lost_s - result.recovery_s;
  if (result.time_s > 0) result.goodput = result.useful_s / result.time_s;
}

}  // namespace tandem

#include "app/run/attempt_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "app/run/departed.h"
#include "app/store/journal.h"
#include "app/store/whole_file.h"
#include "core/errors.h"

namespace tandem {

using nlohmann::json;

namespace {

json json_of(const PlannedFailure& failure) {
  return {{"rank", failure.rank},
          {"step", failure.step ? json(*failure.step) : json()},
          {"time_s", failure.time_s},
          {"fault", failure.fault}};
}

PlannedFailure failure_in(const json& told) {
  PlannedFailure failure{.rank = told.at("rank"), .time_s = told.at("time_s"), .fault = told.at("fault")};
  if (const json& step = told.at("step"); !step.is_null()) failure.step = step.get<std::size_t>();
  return failure;
}

json json_of(const std::optional<WorkerChange>& change) {
  if (!change) return {};
  return {{"step", change->at->step.value()}, {"workers", change->workers}};
}

std::optional<WorkerChange> change_in(const json& told) {
  if (told.is_null()) return std::nullopt;
  return WorkerChange{.at = FaultTime{.step = told.at("step").get<std::size_t>()}, .workers = told.at("workers")};
}

}  // namespace

std::string text_of_attempt(const Run& run) {
  const Attempt& attempt = run.attempt.value();
  json failures = json::array();
  for (const PlannedFailure& failure : attempt.failures) failures.push_back(json_of(failure));
  return json{{"directory", std::filesystem::absolute(run.directory).string()},
              {"workers", run.scenario.cluster.workers},
              {"checkpoint", attempt.from ? std::filesystem::absolute(attempt.from->checkpoint).string() : ""},
              {"is_restart", attempt.is_restart},
              {"begins_at_s", attempt.begins_at_s},
              {"start_s", attempt.start_s},
              {"now_s", steady_now_s()},
              {"clock", clock_here()},
              {"failures", failures},
              {"change", json_of(attempt.change)},
              {"hung", attempt.hung}}
      .dump();
}

std::filesystem::path folder_in(const std::string& text) {
  try {
    return json::parse(text).at("directory").get<std::string>();
  } catch (const json::exception& error) {
    throw RunFailed(fmt::format("this is no attempt at a run: {}: {}", error.what(), text));
  }
}

std::string clock_in(const std::string& text) { return json::parse(text).at("clock"); }

// The kernel's monotonic clock begins when it does.
std::string clock_here() { return read_whole_file("/proc/sys/kernel/random/boot_id"); }

void take_up_attempt(Run& run, const std::string& text, TextClock clock) {
  run.directory = folder_in(text);
  const json told = json::parse(text);
  run.scenario.cluster.workers = told.at("workers");
  Attempt attempt{.is_restart = told.at("is_restart"),
                  .begins_at_s = told.at("begins_at_s"),
                  .start_s = told.at("start_s"),
                  .hung = told.at("hung"),
                  .change = change_in(told.at("change"))};
  for (const json& failure : told.at("failures")) attempt.failures.push_back(failure_in(failure));
  if (clock == TextClock::senders) attempt.start_s += steady_now_s() - told.at("now_s").get<double>();
  if (const std::string checkpoint = told.at("checkpoint"); !checkpoint.empty()) {
    attempt.from = Resumption{checkpoint, read_manifest(checkpoint)};
    attempt.membership = membership_of(*attempt.from, run.scenario.cluster.workers);
  }
  run.attempt = std::move(attempt);
}

}  // namespace tandem

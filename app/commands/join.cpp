#include "app/commands/join.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <chrono>
#include <optional>
#include <system_error>

#include "app/commands/command.h"
#include "app/launch/hosts.h"
#include "app/store/join_request.h"
#include "app/store/journal.h"
#include "core/errors.h"
#include "core/process/child.h"
#include "core/process/signal_watch.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using Kind = JournalEntry::Kind;

/// The folder of the run, where that of its study is given.
fs::path open_run_in(const fs::path& folder) {
  if (is_open(folder)) return folder;
  std::error_code missing;
  for (const fs::directory_entry& run : fs::directory_iterator(folder / "runs", missing)) {
    if (is_open(run.path())) return run.path();
  }
  throw UsageError(
      fmt::format("{}: no run that workers may join is under way here; a run takes them in while it trains, where its "
                  "scenario says membership: {{most: 4}}",
                  folder.string()));
}

void withdraw(const fs::path& folder, const std::optional<std::string>& id) {
  const std::optional<JoinRequest> waiting = request_in(folder);
  if (waiting && waiting->id == id) remove_request(folder);
}

/// The change that was asked for, if it was, once the workers train who go on from it; nothing before. Throws
/// UsageError where it was refused.
std::optional<JournalEntry> answer_to(const fs::path& folder, const std::optional<std::string>& id) {
  if (!id) return std::nullopt;
  std::optional<JournalEntry> changed;
  for (const JournalEntry& entry : Journal(folder).read()) {
    if (changed && entry.kind == Kind::began) return changed;
    if (entry.request != id) continue;
    const bool is_taken_back = entry.kind == Kind::changed && !entry.cause.empty();
    if (entry.kind == Kind::refused || is_taken_back)
      throw UsageError(fmt::format("{}: {}", folder.string(), entry.cause));
    if (entry.kind == Kind::changed) changed = entry;
  }
  return std::nullopt;
}

}  // namespace

void add_join(CLI::App& app, JoinOptions& options) {
  CLI::App* join = app.add_subcommand("join", "Let workers join a run that is under way, or leave it");
  join->add_option("folder", options.folder, "The folder that the run writes to")->required();
  constexpr int kMost = 65535;
  join->add_option("-n,--workers", options.workers, "How many (default: 1, or as many as --host has places)")
      ->check(CLI::Range(1, kMost));
  CLI::Option* leave = join->add_flag("--leave", options.leave, "They leave; those with the highest numbers go");
  join->add_option("--host", options.hosts, "Of a run by --hosts: NAME:RANKS, a host that comes with them")
      ->excludes(leave);
  join->add_option("--wait", options.wait_s, "Seconds to wait for the run's next step (default: 300)")
      ->check(CLI::PositiveNumber)
      ->check(not_nan());
}

int join_run_command(const JoinOptions& options) {
  constexpr double kTick_s = 0.02;
  const fs::path folder = open_run_in(options.folder);
  const int places = options.hosts.empty() ? 1 : places_on(parse_hosts(options.hosts));
  const int workers = options.workers.value_or(places);
  SignalWatch signals;
  const Clock::time_point began = Clock::now();
  std::optional<std::string> id;
  for (;;) {
    const bool was_open = is_open(folder);
    if (!id) id = leave_request(folder, options.leave ? -workers : workers, options.hosts);
    if (const std::optional<JournalEntry> change = answer_to(folder, id)) {
      fmt::print("{} worker{} from step {} on\n", change->workers, change->workers == 1 ? " trains" : "s train",
                 change->step);
      return kSuccess;
    }
    if (!was_open) withdraw(folder, id);
    if (!was_open) throw RunFailed(fmt::format("{}: the run has ended before it came to that", folder.string()));
    wait_until_readable(std::array{signals.descriptor()}, kTick_s);
    const int signal = signals.take();
    if (signal == 0 && std::chrono::duration<double>(Clock::now() - began).count() < options.wait_s) continue;
    withdraw(folder, id);
    if (signal != 0) return 128 + signal;
    throw RunFailed(fmt::format("{}: the run has not come to it within {:g} s; the request is withdrawn",
                                folder.string(), options.wait_s));
  }
}

}  // namespace tandem

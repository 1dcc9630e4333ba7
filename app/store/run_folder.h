// The files of one run. Only this module writes and reads them.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "app/store/result.h"

namespace tandem {

/// How far ranks have got, while a run that may lose some is under way.
inline constexpr std::string_view kProgress = "progress";

/// The names of all files that a run's folder may hold.
std::span<const std::string_view> run_files();

/// Where the run's process writes what it prints.
std::filesystem::path log_of_run(const std::filesystem::path& folder);
/// The end of that output, for people; a crash prints its reason there.
std::string end_of_log(const std::filesystem::path& folder);

/// Makes the folder if it is missing, and removes what an earlier attempt at the run has left in it.
void clear_run_folder(const std::filesystem::path& folder);

// Rank 0 may be in another process than the one that keeps the folder. It hands its result over in a file.
void hand_over(const std::filesystem::path& folder, const RunResult& result);
/// The result that was handed over, with its rows; the file is removed. Nothing if there is none. Throws UsageError
/// where it cannot be read.
std::optional<RunResult> take_over(const std::filesystem::path& folder);

/// Writes the run's record and tables: run.json (with the resolved scenario and what ran it), steps.csv, ranks.csv and,
/// where staleness was recorded, staleness.csv. A failed run has no tables. Removes an empty log.
void write_run(const std::filesystem::path& folder, const RunResult& result, const nlohmann::ordered_json& scenario);

/// The record and the tables. Throws UsageError where there is no readable record.
RunResult read_run(const std::filesystem::path& folder);
/// Which build ran it, on which processor, for people: equal texts, equal bits. Throws UsageError likewise.
std::string build_of_run(const std::filesystem::path& folder);
/// The same as read_run, if the run has ended and has not failed.
std::optional<RunResult> read_finished_run(const std::filesystem::path& folder);

}  // namespace tandem

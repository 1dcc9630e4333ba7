#include "app/store/run_folder.h"

#include <fmt/format.h>

#include <array>
#include <system_error>

#include "app/store/checkpoint_folder.h"
#include "app/store/join_request.h"
#include "app/store/provenance.h"
#include "app/store/row_table.h"
#include "app/store/whole_file.h"
#include "core/config/json_mistake.h"
#include "core/errors.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kRecord = "run.json", kHandedOver = "result.cbor", kLog = "log.txt";
constexpr std::string_view kSteps = "steps.csv", kRanks = "ranks.csv", kStaleness = "staleness.csv",
                           kSlots = "slots.csv";
constexpr std::array<std::string_view, 16> kFiles = {
    kRecord,      kSlots,       kSteps,       kRanks,           kStaleness,      kLog,
    kHandedOver,  "trace.json", kCheckpoints, "parameters.f32", "timeline.json", "journal.jsonl",
    "order.json", kProgress,    kMembersFile, kRequestFile};

}  // namespace

std::span<const std::string_view> run_files() { return kFiles; }

fs::path log_of_run(const fs::path& folder) { return folder / kLog; }

std::string end_of_log(const fs::path& folder) {
  std::string text = read_whole_file(log_of_run(folder));
  while (text.ends_with('\n')) text.pop_back();
  constexpr std::size_t kMost = 600;
  return text.size() > kMost ? "..." + text.substr(text.size() - kMost) : text;
}

void clear_run_folder(const fs::path& folder) {
  fs::create_directories(folder);
  // A file that cannot be removed causes an error when it is written anew.
  std::error_code ignored;
  fs::remove_all(folder / kCheckpoints, ignored);
  for (const std::string_view file : kFiles) fs::remove(folder / file, ignored);
}

void hand_over(const fs::path& folder, const RunResult& result) {
  const Json json = {{"result", to_json(result)},
                     {"steps", columns_of(result.step_rows)},
                     {"ranks", columns_of(result.rank_rows)},
                     {"slots", columns_of(result.slot_rows)}};
  const std::vector<std::uint8_t> bytes = Json::to_cbor(json);
  write_whole_file(folder / kHandedOver, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::optional<RunResult> take_over(const fs::path& folder) {
  const fs::path path = folder / kHandedOver;
  if (!fs::exists(path)) return std::nullopt;
  try {
    const Json json = Json::from_cbor(read_whole_file(path));
    fs::remove(path);
    RunResult result = run_result_from_json(json.at("result"));
    result.step_rows = rows_of<StepResult>(json.at("steps"));
    result.rank_rows = rows_of<RankResult>(json.at("ranks"));
    result.slot_rows = rows_of<SlotResult>(json.at("slots"));
    return result;
  } catch (const Json::exception& error) {
    throw UsageError(fmt::format("{}: is not a run's result: {}", path.string(), in_plain_words(error)));
  }
}

void write_run(const fs::path& folder, const RunResult& result, const Json& scenario) {
  if (result.failure.empty()) {
    write_whole_file(folder / kSteps, table_of(result.step_rows));
    write_whole_file(folder / kRanks, table_of(result.rank_rows));
    if (!result.slot_rows.empty()) write_whole_file(folder / kSlots, table_of(result.slot_rows));
    if (!result.staleness_counts.empty()) write_whole_file(folder / kStaleness, table_of(result.staleness_counts));
  }
  const Json json = {{"result", to_json(result)}, {"scenario", scenario}, {"provenance", provenance()}};
  // Written last, because a record means that the tables beside it are whole.
  write_whole_file(folder / kRecord, text_of(json) + "\n");
  std::error_code missing;
  if (fs::file_size(log_of_run(folder), missing) == 0 && !missing) fs::remove(log_of_run(folder));
}

RunResult read_run(const fs::path& folder) {
  const fs::path path = folder / kRecord;
  if (!fs::exists(path)) throw UsageError(fmt::format("{}: cannot be read", path.string()));
  const std::string text = read_whole_file(path);
  Json record = parse_json_text(text, path.string());
  try {
    // Before it was a column, the version stood beside the result only.
    Json& json = record.at("result");
    if (!json.contains("tandem")) json["tandem"] = record.at("provenance").value("tandem", "");
    RunResult result = run_result_from_json(json);
    result.step_rows = read_table<StepResult>(folder / kSteps);
    result.rank_rows = read_table<RankResult>(folder / kRanks);
    result.slot_rows = read_table<SlotResult>(folder / kSlots);
    return result;
  } catch (const Json::exception& error) {
    refuse_json(path.string(), {}, "is not a run's record: " + in_plain_words(error));
  } catch (const ColumnError& error) {
    refuse_json(path.string(), place_of_value(text, {"result", error.column()}), error.what());
  } catch (const UsageError& error) {
    throw UsageError(fmt::format("{}: {}", path.string(), error.what()));
  }
}

std::string build_of_run(const fs::path& folder) {
  const fs::path path = folder / kRecord;
  const Json record = parse_json_text(read_whole_file(path), path.string());
  try {
    const Json& built = record.at("provenance");
    return fmt::format("tandem {}, {}, {} for {}, on {}", built.value("tandem", "?"), built.value("compiler", "?"),
                       built.value("build_type", "?"), built.value("built_for", "?"), built.value("processor", "?"));
  } catch (const Json::exception& error) {
    refuse_json(path.string(), {}, "is not a run's record: " + in_plain_words(error));
  }
}

std::optional<RunResult> read_finished_run(const fs::path& folder) {
  if (!fs::exists(folder / kRecord)) return std::nullopt;
  try {
    RunResult result = read_run(folder);
    if (result.failure.empty() && result.wall_s > 0) return result;
  } catch (const UsageError&) {
    // A record that cannot be read counts as missing.
  }
  return std::nullopt;
}

}  // namespace tandem

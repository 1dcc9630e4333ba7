#include "app/store/csv.h"

#include <fmt/format.h>

#include <charconv>
#include <fstream>

#include "app/store/columns.h"
#include "app/store/whole_file.h"
#include "core/errors.h"

namespace tandem {
namespace {

/// A row as it is read back, with where it stands for error texts.
class NumberRow {
 public:
  NumberRow(std::vector<std::string> fields, std::string where)
      : fields_(std::move(fields)), where_(std::move(where)) {}

  std::string text() { return at_ < fields_.size() ? fields_[at_++] : std::string(); }
  template <typename Number>
  Number number(Number if_empty) {
    const std::string field = text();
    if (field.empty()) return if_empty;
    Number value{};
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    if (error != std::errc() || end != field.data() + field.size()) {
      throw UsageError(fmt::format("{}: \"{}\" is not a number", where_, field));
    }
    return value;
  }

 private:
  std::vector<std::string> fields_;
  std::string where_;
  std::size_t at_ = 0;
};

/// The rows below the header; none if the file is not there.
std::vector<NumberRow> number_rows(const std::filesystem::path& path) {
  std::vector<NumberRow> rows;
  if (!std::filesystem::exists(path)) return rows;
  std::vector<std::vector<std::string>> records = read_csv(path);
  for (std::size_t i = 1; i < records.size(); ++i)
    rows.emplace_back(std::move(records[i]), fmt::format("{}:{}", path.string(), i + 1));
  return rows;
}

}  // namespace

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string csv_line(const std::vector<std::string>& fields) {
  std::string line;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) line += ',';
    line += csv_field(fields[i]);
  }
  return line + "\n";
}

std::vector<std::vector<std::string>> read_csv(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path)) throw UsageError(fmt::format("{}: cannot be read", path.string()));
  std::vector<std::vector<std::string>> records;
  bool is_quoted = false, is_new_record = true;
  for (char c; file.get(c);) {
    if (is_new_record) records.emplace_back(1);
    std::vector<std::string>& fields = records.back();
    is_new_record = c == '\n' && !is_quoted;
    if (is_new_record || (c == '\r' && !is_quoted && file.peek() == '\n')) continue;
    if (c == '"' && is_quoted && file.peek() == '"') {
      fields.back() += static_cast<char>(file.get());
    } else if (c == '"') {
      is_quoted = !is_quoted;
    } else if (c == ',' && !is_quoted) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  if (is_quoted) throw UsageError(fmt::format("{}: a quotation has no end", path.string()));
  return records;
}

std::string runs_csv(const std::vector<RunResult>& results) {
  std::vector<std::string> names = factor_keys(results);
  for (const Column& column : always_columns()) names.emplace_back(column.name);
  for (const Column& column : extra_columns()) names.emplace_back(column.name);

  std::string text = csv_line(names);
  for (const RunResult& result : results) {
    std::vector<std::string> fields;
    for (const std::string& name : names) fields.push_back(field_text(result, name));
    text += csv_line(fields);
  }
  return text;
}

void write_runs_csv(const std::filesystem::path& path, const std::vector<RunResult>& results) {
  write_whole_file(path, runs_csv(results));
}

std::string steps_csv(const RunResult& result) {
  std::string text = "step,worker,time_s,samples,train_loss,validation_loss,validation_accuracy\n";
  for (const StepResult& row : result.step_rows) {
    text +=
        fmt::format("{},{},{},{},{},{},{}\n", row.step, row.worker, exact_text(row.time_s), row.samples,
                    exact_text(row.train_loss), exact_text(row.validation_loss), exact_text(row.validation_accuracy));
  }
  return text;
}

std::string ranks_csv(const RunResult& result) {
  std::string text = "rank,role,compute_s,comm_s,idle_s,messages_sent,bytes_sent,messages_received,bytes_received\n";
  for (const RankResult& row : result.rank_rows) {
    text += fmt::format("{},{},{},{},{},{},{},{},{}\n", row.rank, csv_field(row.role), exact_text(row.compute_s),
                        exact_text(row.communication_s), exact_text(row.idle_s), row.traffic.messages_sent,
                        row.traffic.bytes_sent, row.traffic.messages_received, row.traffic.bytes_received);
  }
  return text;
}

std::string staleness_csv(const RunResult& result) {
  std::string text = "staleness,updates\n";
  for (const auto& [staleness, updates] : result.staleness_counts) text += fmt::format("{},{}\n", staleness, updates);
  return text;
}

void write_run_tables(const std::filesystem::path& folder, const RunResult& result) {
  write_whole_file(folder / "steps.csv", steps_csv(result));
  write_whole_file(folder / "ranks.csv", ranks_csv(result));
  if (!result.staleness_counts.empty()) write_whole_file(folder / "staleness.csv", staleness_csv(result));
}

void read_run_tables(const std::filesystem::path& folder, RunResult& result) {
  result.step_rows.clear();
  result.rank_rows.clear();
  result.staleness_counts.clear();
  for (NumberRow& row : number_rows(folder / "steps.csv")) {
    StepResult step;
    step.step = row.number<std::size_t>(0);
    step.worker = row.number(-1);
    step.time_s = row.number(kNotMeasured);
    step.samples = row.number<std::size_t>(0);
    step.train_loss = row.number(kNotMeasured);
    step.validation_loss = row.number(kNotMeasured);
    step.validation_accuracy = row.number(kNotMeasured);
    result.step_rows.push_back(step);
  }
  for (NumberRow& row : number_rows(folder / "ranks.csv")) {
    RankResult rank;
    rank.rank = row.number(0);
    rank.role = row.text();
    rank.compute_s = row.number(0.0);
    rank.communication_s = row.number(0.0);
    rank.idle_s = row.number(0.0);
    rank.traffic.messages_sent = row.number<std::uint64_t>(0);
    rank.traffic.bytes_sent = row.number<std::uint64_t>(0);
    rank.traffic.messages_received = row.number<std::uint64_t>(0);
    rank.traffic.bytes_received = row.number<std::uint64_t>(0);
    result.rank_rows.push_back(rank);
  }
  for (NumberRow& row : number_rows(folder / "staleness.csv")) {
    const auto staleness = row.number<std::size_t>(0);
    result.staleness_counts.emplace_back(staleness, row.number<std::int64_t>(0));
  }
}

}  // namespace tandem

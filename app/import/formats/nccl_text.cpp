// The text that nccl-tests prints, also between lines of NCCL's own log and behind mpirun's tags.
#include "app/import/formats/nccl_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <sstream>

namespace tandem::formats {
namespace {

using Tokens = std::vector<std::string_view>;

Tokens tokens_of(std::string_view line) {
  Tokens tokens;
  constexpr std::string_view kBlanks = " \t\r";
  for (std::size_t at = line.find_first_not_of(kBlanks); at != std::string_view::npos;) {
    const std::size_t end = std::min(line.find_first_of(kBlanks, at), line.size());
    tokens.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(kBlanks, end);
  }
  return tokens;
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

bool is_type(std::string_view text) {
  for (const char* type : {"float", "half", "double", "bfloat16", "int", "uint", "fp8", "f8"}) {
    if (text.starts_with(type)) return true;
  }
  return false;
}

/// "/opt/nccl-tests/build/all_reduce_perf" names its collective.
const NcclCollective* named_in(std::string_view word) {
  return nccl_collective(word.substr(std::min(word.rfind('/') + 1, word.size())));
}

class TextReader {
 public:
  explicit TextReader(const InputFile& input) : input_(input) {}

  void take(std::string_view line) {
    ++line_;
    const Tokens words = tokens_of(line);
    // What was named before belongs to the table above.
    if (line.find("Avg bus bandwidth") != line.npos || line.find("test concluded") != line.npos) {
      named_ = nullptr;
      return;
    }
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (const NcclCollective* collective = named_in(words[i])) named_ = collective;
      if (words[i] == "nThread") return begin_run();
      if (is_rank(words, i)) return take_rank(words, i);
      if (words[i] == "size" && i + 2 < words.size() && words[i + 1] == "count") return take_columns(words, i);
      if (is_row(words, i)) return take_row(words, i);
    }
  }

  std::vector<NcclRun> end() { return checked(std::move(runs_), input_); }

 private:
  NcclRun& run() {
    if (runs_.empty()) begin_run();
    return runs_.back();
  }

  void begin_run() {
    runs_.emplace_back();
    columns_.clear();
    ranks_.clear();
  }

  /// Pages that show a log may have lost the "#" of a line.
  static bool is_rank(const Tokens& words, std::size_t at) {
    if (words[at] != "Rank") return false;
    if (at > 0 && words[at - 1].ends_with('#')) return true;
    return at + 2 < words.size() && number(words[at + 1]) && (words[at + 2] == "Group" || words[at + 2] == "Pid");
  }

  // "# Rank 0 Group 0 Pid 14 on host device 0 [0x07] NVIDIA A100"; long lists end with dots in the place of the last.
  void take_rank(const Tokens& words, std::size_t at) {
    if (!run().rows.empty()) begin_run();
    const auto on = std::find(words.begin(), words.end(), "on");
    if (at + 1 >= words.size() || on == words.end() || on + 1 == words.end())
      input_.refuse(line_, "the list of ranks is cut off here; nccl-tests does so beyond 2 kB for each process");
    if (!ranks_.insert({std::string(words[at + 1]), line_}).second)
      input_.refuse(line_, fmt::format("rank {} is listed a second time", words[at + 1]));
    run().ranks = ranks_.size();
    run().nodes.emplace(*(on + 1));
    const auto bus = std::find_if(on, words.end(), [](std::string_view word) { return word.ends_with(']'); });
    if (bus != words.end() && bus + 1 != words.end())
      run().devices.insert(fmt::format("{}", fmt::join(bus + 1, words.end(), " ")));
  }

  void take_columns(const Tokens& words, std::size_t at) {
    if (!run().rows.empty()) begin_run_with_the_same_ranks();
    columns_.assign(words.begin() + static_cast<std::ptrdiff_t>(at), words.end());
    if (column("cputime"))
      input_.refuse(line_, "the column \"cputime\" (-C) is how long the call took, not how long the collective did");
    if (!column("time")) input_.refuse(line_, "the table has no column \"time\"");
    run().collective = named_;
    run().named_by = "its program's name";
  }

  void begin_run_with_the_same_ranks() {
    NcclRun next;
    next.ranks = run().ranks;
    next.nodes = run().nodes;
    next.devices = run().devices;
    runs_.push_back(std::move(next));
  }

  /// The first of this name: out of place comes before in place.
  std::optional<std::size_t> column(std::string_view name) const {
    const auto found = std::find(columns_.begin(), columns_.end(), name);
    if (found == columns_.end()) return std::nullopt;
    return static_cast<std::size_t>(found - columns_.begin());
  }

  bool is_row(const Tokens& words, std::size_t at) const {
    return !columns_.empty() && at + 3 < words.size() && number(words[at]) && number(words[at + 1]) &&
           is_type(words[at + 2]);
  }

  /// Until 2022 each program had its own header, and only that of all-to-all promised a redop and left it blank.
  void infer_all_to_all(const Tokens& words, std::size_t at) {
    constexpr std::size_t kOp = 3;
    if (column("redop") != kOp || column("root") || !number(words[at + kOp])) return;
    columns_.erase(columns_.begin() + kOp);
    if (run().collective) return;
    run().collective = nccl_collective("alltoall_perf");
    run().named_by = "its column redop, which is blank";
  }

  std::optional<double> field(const Tokens& words, std::size_t at, std::string_view name) const {
    const std::optional<std::size_t> index = column(name);
    if (!index || at + *index >= words.size()) return std::nullopt;
    return number(words[at + *index]);
  }

  void take_row(const Tokens& words, std::size_t at) {
    infer_all_to_all(words, at);
    const auto wrong_name = column("#wrong") ? "#wrong" : "error";
    const std::optional<double> time = field(words, at, "time"), algbw = field(words, at, "algbw"),
                                busbw = field(words, at, "busbw"), wrong = field(words, at, wrong_name);
    const double bytes = *number(words[at]);
    if (!run().collective) infer_collective(words, at);
    run().type = words[at + 2];
    constexpr double kMicro = 1e-6, kGiga = 1e9;
    if (bytes <= 0) return refuse_row("0 bytes; nothing is sent");
    // A row of a trace replay has only blanks where the out-of-place values stand, so its columns cannot be told.
    if (at + columns_.size() > words.size()) return refuse_row("values are missing");
    if (!time || *time <= 0 || !algbw || *algbw < 0 || !busbw || *busbw < 0) return refuse_row("no time, or no rate");
    // The older column has the largest difference, which rounding makes a small number.
    constexpr double kRounding = 1e-2;
    if (!wrong) return refuse_row("#wrong is N/A: the run did not check its results (-c 0)");
    if (*wrong > (column("#wrong") ? 0 : kRounding)) return refuse_row(fmt::format("{:g} wrong values", *wrong));
    run().rows.push_back({line_, bytes, *time * kMicro, *algbw * kGiga, *busbw * kGiga});
  }

  void refuse_row(const std::string& why) { run().refused_rows.push_back(fmt::format("line {}: {}", line_, why)); }

  // Only what one collective alone can have; all-gather and all-to-all look alike where both have all columns. The
  // headers of before 2022 have the columns redop and root only where the collective has them.
  void infer_collective(const Tokens& words, std::size_t at) {
    const std::optional<std::size_t> op = column("redop"), root = column("root");
    if (at + std::max(op.value_or(0), root.value_or(0)) >= words.size()) return;
    const bool adds = op && words[at + *op] != "none", has_root = root && words[at + *root] != "-1";
    const std::optional<double> algbw = field(words, at, "algbw"), busbw = field(words, at, "busbw");
    if (!algbw || !busbw || *algbw < 1) return;  // too few digits
    const char* program = "";
    if (has_root) program = adds ? "reduce_perf" : "broadcast_perf";
    if (!has_root && adds) {
      const double own_part = 1 / static_cast<double>(std::max<std::size_t>(run().ranks, 1));
      program = *busbw / *algbw < 1.5 * (1 - own_part) ? "reduce_scatter_perf" : "all_reduce_perf";
    }
    if (!op && !root) program = "all_gather_perf";
    run().collective = nccl_collective(program);
    run().named_by = "its columns redop and root, and busbw / algbw";
  }

  const InputFile& input_;
  std::size_t line_ = 0;
  const NcclCollective* named_ = nullptr;
  std::vector<std::string> columns_;
  std::map<std::string, std::size_t> ranks_;
  std::vector<NcclRun> runs_;
};

}  // namespace

std::vector<NcclRun> read_nccl_text(const InputFile& input) {
  constexpr std::size_t kLongestLine = 4096;
  TextReader reader(input);
  std::istringstream lines(input.text());
  for (std::string line; std::getline(lines, line);) reader.take(std::string_view(line).substr(0, kLongestLine));
  return reader.end();
}

}  // namespace tandem::formats

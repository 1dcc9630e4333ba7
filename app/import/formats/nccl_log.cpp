#include "app/import/formats/nccl_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/import/formats/nccl_json.h"
#include "app/import/formats/nccl_text.h"
#include "app/import/json_text.h"
#include "core/units.h"

namespace tandem::formats {
namespace {

double twice_but_own(double n) { return 2 * (n - 1) / n; }
double but_own(double n) { return (n - 1) / n; }
double once(double) { return 1; }
double node_twice_but_own(double nodes, double) { return twice_but_own(nodes); }
double node_but_own(double nodes, double) { return but_own(nodes); }
double node_all_to_all(double nodes, double ranks_per_node) { return ranks_per_node * but_own(nodes); }
double node_once(double, double) { return 1; }
/// Recursive doubling; ranks beyond a power of two first fold into the others, and last hear the result.
double doubling(double n) { return std::floor(std::log2(n)) + (std::exp2(std::floor(std::log2(n))) < n ? 2 : 0); }
double tree(double n) { return std::ceil(std::log2(n)); }
double one_by_one(double n) { return n - 1; }

constexpr std::array kCollectives = {
    NcclCollective{"all_reduce_perf", "all-reduce", twice_but_own, node_twice_but_own, doubling},
    NcclCollective{"all_gather_perf", "all-gather", but_own, node_but_own, one_by_one},
    NcclCollective{"reduce_scatter_perf", "reduce-scatter", but_own, node_but_own, one_by_one},
    NcclCollective{"alltoall_perf", "all-to-all", but_own, node_all_to_all, one_by_one},
    NcclCollective{"broadcast_perf", "broadcast", once, node_once, tree},
    NcclCollective{"reduce_perf", "reduce", once, node_once, tree},
    NcclCollective{"gather_perf", "gather", but_own, node_but_own, tree},
    NcclCollective{"scatter_perf", "scatter", but_own, node_but_own, tree},
    NcclCollective{"sendrecv_perf", "send and receive", once, node_once, once},
};

std::string time_text(double time_s) { return format_quantity(time_s, Dimension::time, 4); }
std::string size_text(double bytes) { return format_quantity(bytes, Dimension::bytes, 4); }

/// The program prints two decimals, so small rates say little.
bool differ(double printed, double expected, double unit) {
  return std::abs(printed - expected) > 0.02 * std::max(printed, expected) + unit;
}

/// Empty where the row agrees with itself and with the header.
std::string contradiction(const NcclRow& row, const NcclRun& run) {
  constexpr double kLastDigit = 0.01e9;
  const double rate = row.bytes / row.time_s;
  if (differ(row.algbw_bytes_per_s, rate, kLastDigit))
    return fmt::format("algbw is {:.2f} GB/s, but {:.0f} bytes in {:.2f} us are {:.2f}", row.algbw_bytes_per_s / 1e9,
                       row.bytes, row.time_s * 1e6, rate / 1e9);
  const double factor = run.collective->per_rank(static_cast<double>(run.ranks));
  if (differ(row.busbw_bytes_per_s, factor * row.algbw_bytes_per_s, 2 * kLastDigit))
    return fmt::format("busbw is {:.3f} times algbw; for {} of {} ranks it is {:.3f}",
                       row.busbw_bytes_per_s / row.algbw_bytes_per_s, run.collective->name, run.ranks, factor);
  return {};
}

void check(NcclRun& run, const InputFile& input) {
  const std::size_t line = run.rows.empty() ? 1 : run.rows.front().line;
  if (run.collective == nullptr) {
    input.refuse(line,
                 "which collective this is cannot be told: no line above the table names a program of nccl-tests, "
                 "such as all_gather_perf; add one");
  }
  if (run.ranks == 0) input.refuse(line, "the header with a line \"# Rank\" for every rank is missing");
  if (run.ranks < 2) input.refuse(line, "one rank; nothing is sent");
  if (run.ranks % run.nodes.size() != 0)
    input.refuse(line, fmt::format("{} ranks on {} nodes: a cluster here has as many ranks on every node", run.ranks,
                                   run.nodes.size()));
  std::vector<NcclRow> kept;
  for (const NcclRow& row : run.rows) {
    const std::string why = contradiction(row, run);
    if (why.empty()) {
      kept.push_back(row);
    } else {
      run.refused_rows.push_back(fmt::format("line {}: {}", row.line, why));
    }
  }
  // The first rows often have no bytes at all; why the largest cannot be used says more.
  if (kept.empty()) {
    input.refuse(line, run.refused_rows.empty()
                           ? "no row with a size and a time"
                           : fmt::format("no usable row of {}; {}", run.refused_rows.size(), run.refused_rows.back()));
  }
  std::stable_sort(kept.begin(), kept.end(), [](const NcclRow& a, const NcclRow& b) { return a.bytes < b.bytes; });
  run.rows = std::move(kept);
}

}  // namespace

const NcclCollective* nccl_collective(std::string_view program) {
  const auto found = std::ranges::find(kCollectives, program, &NcclCollective::program);
  return found == kCollectives.end() ? nullptr : &*found;
}

std::vector<NcclRun> checked(std::vector<NcclRun> runs, const InputFile& input) {
  std::erase_if(runs, [](const NcclRun& run) { return run.rows.empty() && run.refused_rows.empty(); });
  if (runs.empty()) input.refuse("a log of nccl-tests, but it has no row with a size and a time");
  for (NcclRun& run : runs) check(run, input);
  return runs;
}

double seconds_per_byte(const NcclRun& run) {
  const NcclRow& last = run.rows.back();
  const auto far =
      std::find_if(run.rows.rbegin(), run.rows.rend(), [&](const NcclRow& row) { return row.bytes <= last.bytes / 4; });
  if (far == run.rows.rend() || far->time_s >= last.time_s) return last.time_s / last.bytes;
  return (last.time_s - far->time_s) / (last.bytes - far->bytes);
}

std::optional<double> alpha_s(const NcclRun& run) {
  const NcclRow& first = run.rows.front();
  const double alpha = first.time_s - first.bytes * seconds_per_byte(run);
  if (alpha < first.time_s / 2) return std::nullopt;
  return alpha;
}

std::vector<std::string> jumps_of(const NcclRun& run) {
  constexpr double kLess = 0.9, kMore = 1.15;  // repeated runs of nccl-tests differ by a few percent
  constexpr double kSlower = 4;                // the protocols for short messages move bytes up to four times as slowly
  const double byte_s = seconds_per_byte(run);
  std::vector<std::string> jumps;
  for (std::size_t i = 1; i < run.rows.size(); ++i) {
    const NcclRow &a = run.rows[i - 1], &b = run.rows[i];
    if (b.bytes <= a.bytes) continue;
    const double explained_s =
        std::min(a.time_s + kSlower * byte_s * (b.bytes - a.bytes), a.time_s * b.bytes / a.bytes);
    if (b.time_s >= kLess * a.time_s && b.time_s <= kMore * explained_s) continue;
    jumps.push_back(fmt::format("from {} to {} (line {}) the time goes from {} to {}", size_text(a.bytes),
                                size_text(b.bytes), b.line, time_text(a.time_s), time_text(b.time_s)));
  }
  return jumps;
}

std::vector<NcclRun> read_nccl_log(const InputFile& input) {
  return is_json_object(input.head()) ? read_nccl_json(input) : read_nccl_text(input);
}

}  // namespace tandem::formats

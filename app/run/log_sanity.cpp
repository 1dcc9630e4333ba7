#include "app/run/log_sanity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/units.h"

namespace tandem {
namespace {

using formats::NcclRun;

/// What nccl-tests prints is rounded, and repeated runs differ by a few percent.
constexpr double kNoise = 0.03;
/// Below this share of its link a large message is slow: protocols and headers take 5 to 15 %.
constexpr double kLowShare = 0.7;

std::string rate_text(double bytes_per_s) { return format_quantity(bytes_per_s, Dimension::data_rate, 4); }
std::string time_text(double time_s) { return format_quantity(time_s, Dimension::time, 3); }

/// The links that the log's messages pass: those between nodes where there are several.
struct Links {
  double bandwidth_bytes_per_s = 0, latency_s = 0;
  double per_byte = 0;       ///< bytes through one of them for each byte of the size, at least
  double ring_per_byte = 0;  ///< the same for a flat ring
  std::string name;
};

Links links_of(const NcclRun& run, const Cluster& cluster) {
  const Network& network = cluster.network;
  const double n = static_cast<double>(run.ranks), nodes = static_cast<double>(run.nodes.size());
  const double per_rank = run.collective->per_rank(n);
  if (run.nodes.size() == 1) {
    const LinkSpec& inside = network.intra_node;
    return {inside.bandwidth_bytes_per_s, inside.latency_s, per_rank, per_rank, "a rank's link inside the node"};
  }
  const double per_node = run.collective->per_node(nodes, run.ranks_per_node());
  return {network.bandwidth_bytes_per_s * network.model.bandwidth_factor,
          network.latency_s * network.model.latency_factor, per_node, std::max(per_rank, per_node),
          "a node's card, each way"};
}

/// The rounds of a flat ring, one after the other.
double ring_rounds(const NcclRun& run) {
  const double n = static_cast<double>(run.ranks);
  return run.collective == formats::nccl_collective("all_reduce_perf") ? 2 * (n - 1) : n - 1;
}

std::string impossible_text(const JudgedRow& row, const Links& links) {
  return fmt::format(
      "impossible: {} in {} needs at least {} through {}, and {} is stated. The log is of other hardware, or the "
      "statement is wrong (unless switches do the sums, as SHARP and NVLS do: then up to half of the bytes go away)",
      format_quantity(row.bytes, Dimension::bytes, 4), time_text(row.time_s),
      rate_text(links.per_byte * row.bytes / row.time_s), links.name, rate_text(links.bandwidth_bytes_per_s));
}

std::string share_text(const JudgedRow& last, const Links& links) {
  const double share = last.share(), ring = share * links.ring_per_byte / links.per_byte;
  std::string text = fmt::format("at its largest size, {:.0f} % of {} ({}) is used", 100 * share, links.name,
                                 rate_text(links.bandwidth_bytes_per_s));
  if (share >= kLowShare) return "sane: " + text;
  if (ring >= kLowShare && ring <= 1 + kNoise) {
    return fmt::format(
        "sane for a flat ring: {}, and {:.0f} % where NCCL ran a flat ring, which passes a card more "
        "often than it must",
        text, 100 * ring);
  }
  constexpr double kHalf = 0.5, kNear = 0.07;
  const bool is_half = std::abs(share - kHalf) < kNear;
  return fmt::format("low: {}{}", text,
                     is_half ? "; half, as with one card of two, or a bus of half the width"
                             : "; look for a slower link, a missing GPUDirect, or a card that is not used");
}

}  // namespace

bool JudgedRow::is_impossible() const { return time_s < (1 - kNoise) * least_s; }

JudgedRun judge(const NcclRun& run, const Cluster& cluster) {
  const Links links = links_of(run, cluster);
  JudgedRun judged;
  for (const formats::NcclRow& row : run.rows) {
    judged.rows.push_back(
        {row.bytes, row.time_s, links.latency_s + links.per_byte * row.bytes / links.bandwidth_bytes_per_s,
         ring_rounds(run) * links.latency_s + links.ring_per_byte * row.bytes / links.bandwidth_bytes_per_s});
  }
  const auto impossible = std::ranges::find_if(judged.rows, &JudgedRow::is_impossible);
  const std::string share = share_text(judged.rows.back(), links);
  if (impossible != judged.rows.end()) {
    judged.sanity = Sanity::impossible;
    judged.sentences.push_back(impossible_text(*impossible, links));
  } else {
    judged.sanity = share.starts_with("low") ? Sanity::low : Sanity::sane;
    judged.sentences.push_back(share);
  }
  if (const std::optional<double> alpha_s = formats::alpha_s(run)) {
    const double round_s = *alpha_s / run.collective->rounds(static_cast<double>(run.ranks));
    constexpr double kMany = 5;
    judged.sentences.push_back(fmt::format("a small message takes {} in each of its rounds, and {} is stated{}",
                                           time_text(round_s), time_text(links.latency_s),
                                           round_s > kMany * links.latency_s ? ": NCCL's start of a call counts" : ""));
  }
  for (const std::string& jump : formats::jumps_of(run)) judged.sentences.push_back("jump: " + jump);
  return judged;
}

}  // namespace tandem

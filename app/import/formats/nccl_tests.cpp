// Logs of nccl-tests become a cluster: what a message costs at least (alpha), what a byte costs (beta), and where NCCL
// changes its algorithm.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "app/import/format.h"
#include "app/import/formats/nccl_log.h"
#include "app/import/json_text.h"
#include "app/import/origin.h"
#include "core/units.h"

namespace tandem::formats {
namespace {

std::string rate_text(double bytes_per_s) { return format_quantity(bytes_per_s, Dimension::data_rate, 4); }
std::string time_text(double time_s) { return format_quantity(time_s, Dimension::time, 4); }
std::string size_text(double bytes) { return format_quantity(bytes, Dimension::bytes, 4); }

/// The key, behind what it comes from.
std::string latency_lines(const NcclRun& run, int indent) {
  const double rounds = run.collective->rounds(static_cast<double>(run.ranks));
  const std::string key(static_cast<std::size_t>(indent), ' ');
  if (const std::optional<double> alpha = alpha_s(run)) {
    return origin_comment(Origin::derived, fmt::format("alpha over {:.0f} rounds, one after the other", rounds),
                          indent) +
           fmt::format("{}latency: {}\n", key, time_text(*alpha / rounds));
  }
  constexpr double kUsual_s = 5e-6;
  return origin_comment(Origin::assumed, "the log's smallest message is too large to tell; measure from -b 8", indent) +
         fmt::format("{}latency: {}\n", key, time_text(kUsual_s));
}

std::string summary(const NcclRun& run) {
  const std::optional<double> alpha = alpha_s(run);
  std::string text = comment(fmt::format(
      "{} ({}; known by {}): {} rows from {} to {}. alpha {}, beta {} per GB, busbw {} at line {}.",
      run.collective->name, run.type, run.named_by, run.rows.size(), size_text(run.rows.front().bytes),
      size_text(run.rows.back().bytes), alpha ? time_text(*alpha) : "cannot be told",
      time_text(seconds_per_byte(run) * 1e9), rate_text(run.rows.back().busbw_bytes_per_s), run.rows.back().line));
  for (const std::string& jump : jumps_of(run)) text += comment("jump: " + jump, 0);
  return text;
}

std::string ring_comment(const NcclRun& run, double per_rank) {
  return fmt::format("{:.4g} S bytes through each rank's link at {:.4g} ns per byte of S, as a flat ring sends them",
                     per_rank, seconds_per_byte(run) * 1e9);
}

std::string one_node(const NcclRun& run) {
  const double per_rank = run.collective->per_rank(static_cast<double>(run.ranks));
  return "network:\n  intra_node:\n" + origin_comment(Origin::derived, ring_comment(run, per_rank), 4) +
         fmt::format("    bandwidth: {}\n", rate_text(per_rank / seconds_per_byte(run))) + latency_lines(run, 4) +
         comment("One node: the log says nothing of the network between nodes.", 2);
}

std::string several_nodes(const NcclRun& run) {
  const double nodes = static_cast<double>(run.nodes.size()), each = run.ranks_per_node();
  const double per_rank = run.collective->per_rank(static_cast<double>(run.ranks));
  const double per_node = run.collective->per_node(nodes, each);
  const double beta = seconds_per_byte(run);
  std::string text = "network:\n";
  text += origin_comment(
      Origin::derived,
      fmt::format("{:.4g} S bytes through each node's card each way, the least that any algorithm sends, at {:.4g} ns "
                  "per byte of S",
                  per_node, beta * 1e9),
      2);
  if (each > 1 && per_rank > per_node) {
    text += comment(fmt::format("If NCCL ran a flat ring, the card carried {}; where that is more than it can, the "
                                "ranks of a node added up first (collective: hierarchical, or a tree).",
                                rate_text(per_rank / beta)),
                    2);
  }
  text += fmt::format("  bandwidth: {}\n", rate_text(per_node / beta));
  text += latency_lines(run, 2);
  if (each == 1) return text;
  text += "  intra_node:\n";
  text += origin_comment(Origin::assumed,
                         "at least what the whole took, busbw; a log of one node would say how much it is", 4);
  text += fmt::format("    bandwidth: {}\n", rate_text(per_rank / beta));
  text += comment("The latency is that between nodes: one log cannot tell the two apart.", 4);
  return text + latency_lines(run, 4);
}

Imported cluster_of(const std::vector<NcclRun>& runs, const InputFile& input) {
  const auto all_reduce = std::ranges::find_if(
      runs, [](const NcclRun& run) { return run.collective == nccl_collective("all_reduce_perf"); });
  const NcclRun& run = all_reduce != runs.end() ? *all_reduce : runs.front();
  std::string text = comment(fmt::format(
      "From a log of nccl-tests, {}: {} ranks on {} nodes ({}). Times are those out of place.", input.path(), run.ranks,
      run.nodes.size(), run.devices.empty() ? "devices not named" : fmt::format("{}", fmt::join(run.devices, ", "))));
  Imported imported;
  for (const NcclRun& each : runs) {
    text += summary(each);
    for (const std::string& why : each.refused_rows)
      imported.notes.push_back(fmt::format("{}: row refused, {}", each.collective->name, why));
  }
  if (runs.size() > 1) text += comment(fmt::format("The numbers below are those of {}.", run.collective->name));
  text += origin_comment(Origin::stated, "the log's list of ranks and their hosts");
  text += fmt::format("workers: {}\nranks_per_node: {:.0f}\n", run.ranks, run.ranks_per_node());
  text += run.nodes.size() == 1 ? one_node(run) : several_nodes(run);
  text += comment("The log says nothing of arithmetic: give host.speed, or a model's samples_per_s, in the scenario.");
  imported.texts.push_back({"", text});
  return imported;
}

}  // namespace

ImportFormat nccl_tests() {
  return {.name = "nccl-tests",
          .doc = "a log of NVIDIA's nccl-tests, text or JSON (-J) -> a cluster (cluster: {from: FILE})",
          .recognises =
              [](std::string_view head) {
                if (is_json_object(head))
                  return head.find("\"nccl_version\"") != head.npos && head.find("\"nthreads\"") != head.npos;
                return head.find("algbw") != head.npos && head.find("busbw") != head.npos;
              },
          .read = [](const InputFile& input, const std::string&) { return cluster_of(read_nccl_log(input), input); },
          .kind = ImportedKind::cluster};
}

}  // namespace tandem::formats

#include "app/commands/against.h"

#include <fmt/format.h>

#include "app/import/input.h"
#include "app/report/text_table.h"
#include "app/run/log_sanity.h"
#include "core/errors.h"
#include "core/units.h"

namespace tandem {
namespace {

std::string table_of(const JudgedRun& judged) {
  using Kind = TextTable::Kind;
  std::vector<std::string> sizes, times, leasts, shares, rings;
  for (const JudgedRow& row : judged.rows) {
    sizes.push_back(format_quantity(row.bytes, Dimension::bytes, 4));
    times.push_back(format_quantity(row.time_s, Dimension::time, 4));
    leasts.push_back(format_quantity(row.least_s, Dimension::time, 4));
    shares.push_back(fmt::format("{:.0f} %{}", 100 * row.share(), row.is_impossible() ? " !" : ""));
    rings.push_back(format_quantity(row.ring_s, Dimension::time, 4));
  }
  TextTable table;
  table.add_column("size", Kind::number, sizes);
  table.add_column("measured", Kind::number, times);
  table.add_column("least", Kind::number, leasts);
  table.add_column("share", Kind::number, shares);
  table.add_column("flat ring", Kind::number, rings);
  return table.text(style_of_output());
}

/// The first point's: a grid may sweep what has nothing to do with links.
const Cluster& stated_cluster(const Plan& plan) {
  const Scenario& scenario = plan.points.front().scenario;
  if (!scenario.cluster.platform.empty())
    throw UsageError(fmt::format("{}: --against needs cluster.network, and this is a platform file", plan.file));
  return scenario.cluster;
}

}  // namespace

int explain_against(const ExplainOptions& options) {
  const Plan plan = load(options.scenario);
  const Cluster& cluster = stated_cluster(plan);
  int code = kSuccess;
  for (const formats::NcclRun& run : formats::read_nccl_log(InputFile(options.against))) {
    const JudgedRun judged = judge(run, cluster);
    fmt::print("{}, {} ranks on {} nodes, {}:\n{}", run.collective->name, run.ranks, run.nodes.size(), options.against,
               table_of(judged));
    for (const std::string& why : run.refused_rows) fmt::print("row refused, {}\n", why);
    for (const std::string& sentence : judged.sentences) fmt::print("{}\n", sentence);
    fmt::print("\n");
    if (judged.sanity == Sanity::impossible) code = kCheckFailed;
  }
  fmt::print(
      "least: what the busiest link must carry at its stated rate, and one latency; share: least over measured;\n"
      "flat ring: all ranks in one ring, at the stated rates.\n");
  return code;
}

}  // namespace tandem

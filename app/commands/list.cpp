#include "app/commands/list.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

#include "algorithms/codecs/codec.h"
#include "algorithms/collectives/kinds.h"
#include "algorithms/schedules/play.h"
#include "algorithms/strategies/strategy.h"
#include "app/figures/figure_kind.h"
#include "app/scenario/loader.h"
#include "app/scenario/profiles.h"
#include "app/scenario/reference.h"
#include "app/scenario/scenario_fields.h"
#include "app/scenario/shipped_profiles.h"
#include "app/worlds/worlds.h"

namespace tandem {
namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;

void print_rows(std::string_view title, const Rows& rows) {
  std::size_t widest = 0;
  for (const auto& [name, doc] : rows) widest = std::max(widest, name.size());
  fmt::print("{}\n", title);
  for (const auto& [name, doc] : rows) fmt::print("  {:<{}}  {}\n", name, widest, doc);
}

/// One line for an idea: what it is, its options, and where it comes from.
std::string line_of(std::string_view doc, const std::vector<std::string>& keys, std::string_view paper) {
  const std::string options = keys.empty() ? "" : fmt::format(" [{}]", fmt::join(keys, ", "));
  return fmt::format("{}{} ({})", doc, options, paper);
}

std::vector<std::string> keys_of(const std::vector<OptionTable>& options) {
  std::vector<std::string> keys;
  for (const OptionTable& table : options) {
    for (std::string& key : key_names(table)) keys.push_back(std::move(key));
  }
  return keys;
}

Rows strategy_rows(bool is_exchange) {
  Rows rows;
  for (const Strategy& strategy : all_strategies()) {
    if (strategy.is_exchange != is_exchange) continue;
    rows.emplace_back(strategy.name, line_of(strategy.doc, keys_of(strategy.options), strategy.paper));
  }
  return rows;
}

Rows codec_rows() {
  Rows rows;
  for (const Codec& codec : all_codecs())
    rows.emplace_back(codec.name, line_of(codec.doc, keys_of(codec.options), codec.paper));
  return rows;
}

Rows collective_rows() {
  Rows rows;
  for (const Collective& collective : all_collectives()) {
    std::vector<std::string> kinds;
    for (const OperationKind& kind : operation_kinds()) {
      if (kind.is_of(collective)) kinds.emplace_back(kind.name);
    }
    rows.emplace_back(collective.name, line_of(collective.doc, kinds, collective.paper));
  }
  return rows;
}

Rows schedule_rows() {
  Rows rows;
  for (const Schedule& schedule : all_schedules())
    rows.emplace_back(schedule.name, line_of(schedule.doc, {}, schedule.paper));
  return rows;
}

/// A picture of each on four stages: with as many micro-batches as fit into 80 columns.
void print_schedules() {
  constexpr int kStages = 4;
  for (const Schedule& schedule : all_schedules()) {
    const int microbatches = schedule.least_chunks > 1 ? 4 : 8;
    fmt::print("\n{}, {} micro-batches on {} stages:\n{}", schedule.name, microbatches, kStages,
               picture_of(play(schedule, kStages, schedule.least_chunks, microbatches, {}), 1));
  }
  fmt::print(
      "F: forward, B: backward (the gradient of the input where W, that of the weights, follows by itself);\n"
      "small letters: a stage's second part of the model. All three take equally long, messages no time.\n");
}

Rows world_rows() {
  Rows rows;
  for (const World* world : worlds())
    rows.emplace_back(world->name, fmt::format("{} ({} clock)", world->doc, world->clock));
  return rows;
}

/// The variants of a mapping: models and data sources are listed where their keys are.
Rows variant_rows(std::string_view path) {
  Rows rows;
  for (const Variant& variant : find_key(scenario_fields().info(), path)->type.variants) {
    const std::string keys = variant.keys.empty() ? "" : fmt::format(" [{}]", fmt::join(variant.keys, ", "));
    rows.emplace_back(variant.name, variant.doc + keys);
  }
  return rows;
}

Rows profile_rows() {
  Rows rows;
  for (const ShippedProfile& shipped : shipped_profiles()) {
    const Profile& profile = *shipped_profile(shipped.name);
    double parameters = 0, forward_flops = 0, flops = 0;
    for (const ProfileLayer& layer : layers_of(profile, profile.longest_sequence)) {
      parameters += static_cast<double>(layer.parameters);
      forward_flops += layer.forward_flops_per_sample;
      flops += layer.forward_flops_per_sample + layer.backward_flops_per_sample;
    }
    const std::string tokens =
        profile.longest_sequence == 0 ? "" : fmt::format(" of {} tokens", profile.longest_sequence);
    rows.emplace_back(profile.name,
                      fmt::format("{:.1f} M parameters, {} per sample{}, {} of it forward. {}", parameters / 1e6,
                                  format_quantity(flops, Dimension::computation, 3), tokens,
                                  format_quantity(forward_flops, Dimension::computation, 3), profile.source));
  }
  return rows;
}

Rows figure_rows() {
  Rows rows;
  for (const FigureKind& kind : figure_kinds()) rows.emplace_back(kind.name, kind.doc);
  return rows;
}

Rows scenario_rows(const std::string& folder) {
  Rows rows;
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(folder, error)) {
    if (file.path().extension() != ".yaml") continue;
    const std::string path = file.path().string();
    try {
      rows.emplace_back(path, load_plan(path).question);
    } catch (const ScenarioError& mistakes) {
      rows.emplace_back(path, fmt::format("(has mistakes: tandem validate {})", path));
    }
  }
  std::sort(rows.begin(), rows.end());
  if (rows.empty()) rows.emplace_back(folder, "(no scenario here)");
  return rows;
}

}  // namespace

void add_list(CLI::App& app, ListOptions& options) {
  CLI::App* list = app.add_subcommand("list", "Say what there is to choose from");
  list->add_option("topic", options.topic, "One of the lists only")
      ->check(CLI::IsMember({"strategies", "exchanges", "collectives", "codecs", "schedules", "worlds", "models",
                             "profiles", "data", "figures", "scenarios"}));
  list->add_flag("--keys", options.keys,
                 "The reference of all keys of a scenario (list profiles: of a profile), in Markdown");
  list->add_flag("--schema", options.schema,
                 "The JSON Schema of a scenario (list profiles: of a profile), for editors");
  list->add_option("--folder", options.folder, "Where to look for scenarios")->capture_default_str();
}

int list_command(const ListOptions& options) {
  if (options.schema || options.keys) {
    const bool of_profile = options.topic == "profiles";
    if (options.schema) fmt::print("{}\n", (of_profile ? profile_schema() : scenario_schema()).dump(2));
    if (options.keys) fmt::print("{}\n", of_profile ? profile_keys_reference() : keys_reference());
    return 0;
  }
  const auto wanted = [&](std::string_view topic) { return options.topic.empty() || options.topic == topic; };
  if (wanted("strategies")) print_rows("strategies [options] (paper)", strategy_rows(false));
  if (wanted("exchanges")) print_rows("exchanges of data-parallel training [options] (paper)", strategy_rows(true));
  if (wanted("collectives")) print_rows("collectives [operations] (paper)", collective_rows());
  if (wanted("codecs")) print_rows("codecs of exchanges [options] (paper)", codec_rows());
  if (wanted("schedules")) print_rows("schedules of pipelines (paper)", schedule_rows());
  if (options.topic == "schedules") print_schedules();
  if (wanted("worlds")) print_rows("worlds", world_rows());
  if (wanted("models")) print_rows("models [keys]", variant_rows("workload.model"));
  if (wanted("profiles"))
    print_rows("profiles: workload.model: {name: profile, profile: NAME, or a .yaml file}", profile_rows());
  if (wanted("data")) print_rows("data [keys]", variant_rows("workload.data"));
  if (wanted("figures")) print_rows("figures", figure_rows());
  if (wanted("scenarios")) print_rows("scenarios", scenario_rows(options.folder));
  if (options.topic.empty()) fmt::print("keys of a scenario: tandem list --keys; for editors: tandem list --schema\n");
  return 0;
}

}  // namespace tandem

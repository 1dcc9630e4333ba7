#include "app/scenario/loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <iterator>
#include <map>
#include <set>

#include "algorithms/strategies/strategy.h"
#include "app/figures/figure_kind.h"
#include "app/scenario/grid.h"
#include "app/scenario/misplaced.h"
#include "app/scenario/overrides.h"
#include "app/scenario/places.h"
#include "app/scenario/profiles.h"
#include "app/scenario/rules.h"
#include "app/scenario/scenario_fields.h"
#include "app/store/columns.h"
#include "core/config/nearest.h"
#include "core/config/text_file.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

/// Removes an entry from a map and returns its value; null when there is none.
Value take(Value& map, std::string_view key) {
  Entry* entry = map.find(key);
  if (entry == nullptr) return {};
  Value value = std::move(entry->value);
  map.entries.erase(map.entries.begin() + (entry - map.entries.data()));
  return value;
}

/// Adds the entries of one map to another, but for those that it has; maps in both are merged likewise.
void add_missing(const Value& from, Value& into) {
  for (const Entry& entry : from.entries) {
    Entry* own = into.find(entry.key);
    if (own == nullptr) {
      into.entries.push_back(entry);
    } else if (own->value.kind == Value::Kind::map && entry.value.kind == Value::Kind::map) {
      add_missing(entry.value, own->value);
    }
  }
}

/// The text of a factor's value in tables: strategies by their label, other values as they are written. Mappings show
/// only what tells them apart, because tables and figures have little room.
std::string factor_text(const Factor& factor, Value value, const Scenario& scenario) {
  if (factor.key == "strategy") return strategy_label(scenario.strategy);
  std::erase_if(value.entries, [&](const Entry& entry) {
    return std::all_of(factor.values.begin(), factor.values.end(), [&](const Value& other) {
      const Entry* same = other.find(entry.key);
      return same != nullptr && flow_text(same->value) == flow_text(entry.value);
    });
  });
  return flow_text(value);
}

class Loading {
 public:
  Loading(std::string_view text, const std::string& path, const std::vector<std::string>& overrides)
      : folder_(fs::path(path).parent_path()),
        profiles_(folder_, diagnostics_),
        programs_(diagnostics_),
        reader_(diagnostics_, {}) {
    sources_->push_back({.name = path, .text = std::string(text)});
    const Source& file = sources_->front();
    root_ = parse_yaml(file, diagnostics_);
    diagnostics_.throw_if_any();
    if (root_.kind == Value::Kind::null) {
      throw ScenarioError(fmt::format("{}: error: the file is empty; a scenario begins with `tandem: 1`", path), 1);
    }
    if (root_.kind != Value::Kind::map) {
      reader_.error(root_.position, fmt::format("a scenario is a mapping of keys to values, not {}", describe(root_)));
      diagnostics_.throw_if_any();
    }
    apply_overrides(overrides, *sources_, root_, diagnostics_);
  }

  Plan plan() {
    Plan plan{.file = sources_->front().name};
    read_sweep(plan);
    const Value report = take_report();
    report_misplaced(root_, scenario_fields().info(), reader_);
    read_points(plan);
    read_report(report, plan);
    diagnostics_.throw_if_any();
    plan.name = plan.points.front().scenario.name;
    plan.question = plan.points.front().scenario.question;
    plan.places = places_;
    return plan;
  }

 private:
  void read_sweep(Plan& plan) {
    const Entry* entry = root_.find("sweep");
    if (entry == nullptr) return;
    const Entry copy = *entry;
    take(root_, "sweep");
    const Reader::Step step(reader_, "sweep", copy.position);
    if (copy.value.kind == Value::Kind::null) return reader_.error(copy.position, "sweep has no value");
    Sweep sweep;
    sweep_fields().read(copy.value, reader_, sweep);
    factors_ = read_factors(sweep.grid, reader_);
    plan.repeat = sweep.repeat;
    for (const Entry& swept : sweep.grid.entries) swept_keys_.insert(swept.key);
  }

  Value take_report() {
    const Entry* entry = root_.find("report");
    if (entry != nullptr && entry->value.kind == Value::Kind::null)
      reader_.error(entry->position, "report has no value");
    return take(root_, "report");
  }

  void read_points(Plan& plan) {
    const std::size_t points = points_of(factors_);
    std::map<std::vector<std::string>, std::size_t> seen;
    for (std::size_t i = 0; i < points; ++i) {
      const std::vector<std::size_t> indices = indices_of(factors_, i);
      Point point = read_point(indices);
      if (!diagnostics_.empty()) continue;  // the other points are still read, for their mistakes
      report_twins(point, indices, seen);
      plan.points.push_back(std::move(point));
    }
  }

  Point read_point(const std::vector<std::size_t>& indices) {
    Value tree = root_;
    Reader reader(diagnostics_, root_.position);
    for (std::size_t i = 0; i < factors_.size(); ++i) {
      const Factor& factor = factors_[i];
      if (set_path(tree, factor.key, factor.values[indices[i]])) continue;
      reader.error(factor.position, fmt::format("a part of \"{}\" is no mapping", factor.key));
    }
    merge_cluster_file(tree, reader);
    Draft draft;
    scenario_fields().read(tree, reader, draft);
    Point point{.scenario = resolve(draft, tree, folder_, profiles_, programs_, reader)};
    for (std::size_t i = 0; i < factors_.size(); ++i) {
      const Factor& factor = factors_[i];
      point.factors.emplace_back(factor.key, factor_text(factor, factor.values[indices[i]], point.scenario));
    }
    const std::optional<Conflict> at_odds = conflict(point.scenario);
    if (at_odds) point.skipped = at_odds->reason;
    if (points_of(factors_) > 1) return point;
    places_ = std::make_shared<const Places>(sources_, std::move(tree));
    if (at_odds && reader.errors() == 0)
      reader.error(places_->of(at_odds->path), at_odds->reason, {}, at_odds->allowed);
    return point;
  }

  /// Adds the keys of the file that cluster.from names, but for those that the scenario has itself.
  void merge_cluster_file(Value& tree, Reader& reader) {
    const Entry* from = find_path(tree, "cluster.from");
    if (from == nullptr || from->value.kind != Value::Kind::scalar) return;
    const fs::path path = (folder_ / from->value.text).lexically_normal();
    if (!fs::is_regular_file(path)) {
      reader.error(from->value.position, fmt::format("cluster.from: there is no file {}", path.string()), {},
                   "a file that `tandem calibrate -o FILE` has written");
      return;
    }
    auto [known, is_new] = cluster_files_.try_emplace(path.string());
    if (is_new) {
      sources_->push_back({.name = path.string(), .text = read_text_file(path.string(), "a cluster")});
      known->second = parse_yaml(sources_->back(), diagnostics_);
    }
    if (known->second.kind != Value::Kind::map) {
      reader.error(from->value.position,
                   fmt::format("cluster.from: {} is no mapping of keys to values", path.string()));
      return;
    }
    Value& cluster = tree.find("cluster")->value;
    take(cluster, "from");
    add_missing(known->second, cluster);
  }

  /// Two values may be written apart and mean the same: {name: allreduce} and {name: allreduce, collective: ring}.
  void report_twins(const Point& point, const std::vector<std::size_t>& indices,
                    std::map<std::vector<std::string>, std::size_t>& seen) {
    std::vector<std::string> texts;
    for (const auto& [key, text] : point.factors) texts.push_back(text);
    if (texts.empty() || seen.emplace(texts, seen.size()).second) return;
    for (std::size_t i = 0; i < factors_.size(); ++i) {
      if (factors_[i].key != "strategy") continue;
      reader_.error(factors_[i].values[indices[i]].position,
                    fmt::format("sweep.grid.strategy has \"{}\" twice", strategy_label(point.scenario.strategy)));
    }
  }

  void read_report(const Value& report, Plan& plan) {
    if (report.kind == Value::Kind::null) return;
    const Reader::Step step(reader_, "report", report.position);
    report_fields().read(report, reader_, plan.figures);
    if (report.kind != Value::Kind::list) return;
    std::vector<std::string> known;
    for (const Column& column : columns()) known.emplace_back(column.name);
    known.insert(known.end(), swept_keys_.begin(), swept_keys_.end());
    // These two scenario keys have a column of their own, swept or not.
    known.insert(known.end(), {"cluster.workers", "strategy.name"});
    for (std::size_t i = 0; i < report.items.size() && i < plan.figures.size(); ++i) {
      for (const FigureMistake& mistake : mistakes_of(plan.figures[i], known)) {
        reader_.error(report.items[i].find(mistake.key)->value.position,
                      fmt::format("report[{}].{} {}", i, mistake.key, mistake.text), mistake.nearest, mistake.allowed);
      }
    }
  }

  fs::path folder_;
  std::map<std::string, Value> cluster_files_;
  Diagnostics diagnostics_;
  Profiles profiles_;
  Programs programs_;
  Reader reader_;
  std::shared_ptr<std::deque<Source>> sources_ = std::make_shared<std::deque<Source>>();  ///< positions point into it
  Value root_;
  std::shared_ptr<const Places> places_;  ///< the only point's
  std::vector<Factor> factors_;
  std::set<std::string> swept_keys_;
};

}  // namespace

Plan load_plan(const std::string& path, const std::vector<std::string>& overrides) {
  return parse_plan(read_text_file(path, "a scenario"), path, overrides);
}

Plan parse_plan(std::string_view text, const std::string& path, const std::vector<std::string>& overrides) {
  return Loading(text, path, overrides).plan();
}

}  // namespace tandem

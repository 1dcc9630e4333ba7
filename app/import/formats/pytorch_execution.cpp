// An execution trace of PyTorch (ExecutionTraceObserver's JSON) becomes the list of its collectives as a program: what
// one rank called, in its order. The trace has no times, so nothing is computed between them.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <utility>

#include "app/import/format.h"
#include "app/import/formats/replay_scenario.h"
#include "app/import/json_text.h"
#include "app/import/origin.h"
#include "app/scenario/program_file.h"
#include "core/config/limits.h"

namespace tandem::formats {
namespace {

using nlohmann::json;

constexpr std::string_view kSchema = "-chakra.", kCall = "record_param_comms", kGroups = "process_group:init";

/// A call as the trace has it.
struct Call {
  std::string id, name, group;
  double bytes = 0;  ///< what the rank gives to it
};

struct Group {
  std::vector<int> ranks;  ///< empty: the first `size`
  int size = 0;
};

/// "all_gather", "_allgather_base" and "all_gather_into_tensor" are one operation, an asynchronous call or not.
std::string_view operation_of(std::string name) {
  std::erase(name, '_');
  constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kNames = {{{"allreduce", "all-reduce"},
                                                                                    {"allgather", "all-gather"},
                                                                                    {"reducescatter", "reduce-scatter"},
                                                                                    {"alltoall", "all-to-all"},
                                                                                    {"broadcast", "broadcast"},
                                                                                    {"barrier", "barrier"},
                                                                                    {"reduce", "reduce"},
                                                                                    {"gather", "gather"},
                                                                                    {"scatter", "scatter"}}};
  for (const auto& [begin, operation] : kNames) {
    if (name.starts_with(begin)) return operation;
  }
  return {};
}

/// What is recorded beside collectives, and moves nothing.
bool moves_nothing(const std::string& name) {
  constexpr std::array kNames = {"wait", "init", "startCoalescing", "endCoalescing"};
  return std::ranges::any_of(kNames, [&](const char* each) { return name.find(each) != name.npos; });
}

double bytes_of_type(const std::string& type) {
  constexpr std::array<std::pair<std::string_view, double>, 9> kSizes = {{{"Double", 8},
                                                                          {"Long", 8},
                                                                          {"Float8", 1},
                                                                          {"Float", 4},
                                                                          {"Int", 4},
                                                                          {"BFloat16", 2},
                                                                          {"Half", 2},
                                                                          {"Short", 2},
                                                                          {"", 1}}};
  return std::ranges::find_if(kSizes, [&](const auto& size) { return type.starts_with(size.first); })->second;
}

/// A tensor is [id, storage, offset, values, bytes of each, device]; lists of them add up.
double bytes_in(const json& value) {
  if (!value.is_array() || value.empty()) return 0;
  const bool is_tensor = value.size() >= 6 && value[3].is_number() && value[4].is_number() && value[5].is_string();
  if (is_tensor) return value[3].get<double>() * value[4].get<double>();
  double bytes = 0;
  for (const json& each : value) {
    if (each.is_array()) bytes += bytes_in(each);
  }
  return bytes;
}

/// A node's attribute as a text; empty where it has none of that name.
std::string attribute(const json& node, std::string_view name) {
  for (const json& each : node.value("attrs", json::array())) {
    if (!each.is_object() || each.value("name", "") != name || !each.contains("value")) continue;
    return each["value"].is_string() ? each["value"].get<std::string>() : each["value"].dump();
  }
  return {};
}

class ListReader {
 public:
  explicit ListReader(const InputFile& input) : input_(input) {
    const std::string text = input.text();
    const json trace = parse_json(text, input);
    if (!trace.contains("nodes") || !trace["nodes"].is_array()) input.refuse("no list of nodes");
    std::size_t taken = 0;
    try {
      for (const json& node : trace["nodes"]) take(node), ++taken;
    } catch (const json::exception& error) {
      refuse_json(input.path(), place_of_value(text, {"nodes", std::to_string(taken)}),
                  fmt::format("node {} is not as PyTorch writes it: {}", taken, in_plain_words(error)));
    }
    if (calls_.empty()) input.refuse("no collective is recorded: one process, or no process group was traced");
  }

  ReplayProgram program() {
    ReplayProgram program;
    std::size_t ranks = 0;
    for (const auto& [name, group] : groups_) {
      ranks = std::max(ranks, static_cast<std::size_t>(group.size));
      for (const int rank : group.ranks) ranks = std::max(ranks, static_cast<std::size_t>(rank) + 1);
    }
    if (ranks < 2) input_.refuse("the process groups have no size of two ranks or more");
    if (ranks > kMostRanks || ranks * calls_.size() > kMostActivities)
      input_.refuse(fmt::format("{} collectives on {} ranks; a program has at most {} activities", calls_.size(), ranks,
                                kMostActivities));
    program.ranks.resize(ranks);
    program.groups.push_back(all(static_cast<int>(ranks)));
    for (const Call& call : calls_) add(call, program);
    if (const auto mistake = complete_program(program)) input_.refuse(mistake->text);
    return program;
  }

  std::vector<std::string> notes() const {
    std::vector<std::string> notes = {
        fmt::format("{} collectives of one rank; that the other ranks of a group call the same is inferred",
                    calls_.size()),
        "the trace has no times: nothing is computed between the collectives, and each begins when the one before it "
        "ends"};
    if (rounded_ > 0)
      notes.push_back(
          fmt::format("{} collectives have no whole number of float32 values per part: rounded up", rounded_));
    return notes;
  }

 private:
  void take(const json& node) {
    const std::string name = node.value("name", "");
    if (name.find(kGroups) != name.npos) return take_groups(node);
    if (name != kCall) return;
    const json& values = node.at("inputs").at("values");
    Call call{.id = node.at("id").dump(), .name = attribute(node, "collective_name"), .group = group_of(node, values)};
    if (call.name.empty()) {
      const auto text = std::ranges::find_if(values, [](const json& value) { return value.is_string(); });
      if (text != values.end()) call.name = text->get<std::string>();
    }
    if (moves_nothing(call.name)) return;
    if (operation_of(call.name).empty()) {
      input_.refuse(
          fmt::format("node {} ({}) is no collective: what only two ranks do has two sides, and this trace one",
                      call.id, call.name.substr(0, 60)));
    }
    const std::string count = attribute(node, "in_msg_nelems");
    call.bytes = count.empty()
                     ? bytes_in(values.empty() ? json() : values[0])
                     : parse_inner_json(count, input_).get<double>() * bytes_of_type(attribute(node, "dtype"));
    calls_.push_back(std::move(call));
  }

  /// The groups are a JSON text within the JSON.
  void take_groups(const json& node) {
    for (const json& value : node.at("inputs").at("values")) {
      if (!value.is_string()) continue;
      for (const json& each : parse_inner_json(value.get<std::string>(), input_)) {
        Group group{.size = std::max(0, each.value("group_size", 0))};
        if (each.contains("ranks") && each["ranks"].is_array()) group.ranks = each["ranks"].get<std::vector<int>>();
        std::ranges::sort(group.ranks);
        group.ranks.erase(std::unique(group.ranks.begin(), group.ranks.end()), group.ranks.end());
        if (!group.ranks.empty() && group.ranks.front() < 0) input_.refuse("a process group has a rank below 0");
        const std::string name = each.value("pg_name", "");
        groups_[name] = group;
        if (each.contains("backend_id")) name_of_number_[each["backend_id"].dump()] = name;
      }
    }
  }

  /// Named by an attribute, or in older traces by its number among the values.
  std::string group_of(const json& node, const json& values) const {
    if (const std::string name = attribute(node, "pg_name"); !name.empty()) return name;
    for (const json& value : values) {
      const auto known = value.is_number() ? name_of_number_.find(value.dump()) : name_of_number_.end();
      if (known != name_of_number_.end()) return known->second;
    }
    return groups_.empty() ? "" : groups_.begin()->first;
  }

  static std::vector<int> all(int ranks) {
    std::vector<int> group(static_cast<std::size_t>(ranks));
    std::iota(group.begin(), group.end(), 0);
    return group;
  }

  void add(const Call& call, ReplayProgram& program) {
    const auto known = groups_.find(call.group);
    if (known == groups_.end())
      input_.refuse(
          fmt::format("node {} ({}) is of the group \"{}\", which was not traced", call.id, call.name, call.group));
    const std::vector<int> ranks = known->second.ranks.empty() ? all(known->second.size) : known->second.ranks;
    if (ranks.size() < 2) return;  // nothing is sent
    auto group = std::ranges::find(program.groups, ranks);
    if (group == program.groups.end()) group = program.groups.insert(group, ranks);
    if (program.groups.size() > kMostReplayGroups)
      input_.refuse(fmt::format("more than {} process groups", kMostReplayGroups));
    const std::string_view name = operation_of(call.name);
    ReplayActivity activity{.kind = ReplayActivity::Kind::collective,
                            .name = call.name.substr(0, 100),
                            .operation = &operation_kind(name),
                            .group = static_cast<std::size_t>(group - program.groups.begin())};
    const double whole = call.bytes * (name == "all-gather" ? static_cast<double>(ranks.size()) : 1);
    const std::size_t unit = kBytesPerValue * (activity.operation->needs_equal_parts ? ranks.size() : 1);
    const auto bytes = static_cast<std::size_t>(std::clamp(whole, 0.0, 1e15));
    if (activity.operation->has_values) activity.bytes = std::max<std::size_t>(1, (bytes + unit - 1) / unit) * unit;
    if (activity.operation->has_values && activity.bytes != bytes) ++rounded_;
    for (const int rank : ranks) {
      auto& own = program.ranks.at(static_cast<std::size_t>(rank));
      activity.after.clear();
      if (!own.empty()) activity.after.push_back(static_cast<std::uint32_t>(own.size() - 1));
      own.push_back(activity);
    }
  }

  const InputFile& input_;
  std::map<std::string, Group> groups_;
  std::map<std::string, std::string> name_of_number_;
  std::vector<Call> calls_;
  std::size_t rounded_ = 0;
};

Imported list_of(const InputFile& input, const std::string& stem) {
  ListReader reader(input);
  ReplayProgram program = reader.program();
  program.name = stem;
  program.source = fmt::format("an execution trace of PyTorch, {}", input.path());
  std::string text = comment(fmt::format("From {}: its collectives, in their order.", program.source));
  text += origin_comment(Origin::stated, "which collectives, their bytes and groups");
  text += program_text(program);
  return {
      {{"", text},
       {"-scenario.yaml", replay_scenario(stem, program.ranks.size(), Origin::stated, "the largest process group")}},
      reader.notes()};
}

}  // namespace

ImportFormat pytorch_execution() {
  return {.name = "pytorch-execution",
          .doc = "an execution trace of PyTorch (ExecutionTraceObserver, JSON) -> a program of its collectives",
          .recognises =
              [](std::string_view head) {
                const std::size_t schema = head.find("\"schema\"");
                return is_json_object(head) && schema != head.npos &&
                       head.substr(schema, 64).find(kSchema) != head.npos && head.find("\"nodes\"") != head.npos;
              },
          .read = list_of};
}

}  // namespace tandem::formats

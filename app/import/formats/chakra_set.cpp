#include "app/import/formats/chakra_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <queue>
#include <unordered_map>

#include "app/import/chakra.pb.h"
#include "app/import/formats/chakra_reader.h"
#include "app/import/formats/replay_scenario.h"
#include "app/import/origin.h"
#include "app/scenario/program_file.h"
#include "core/config/limits.h"

namespace tandem::formats {
namespace {

using ActivityKind = ReplayActivity::Kind;

/// What was inferred, for notes.
struct Inferred {
  std::size_t computations = 0, unordered = 0;  ///< computations, and those that wait for none before them
  std::size_t collectives = 0, unordered_collectives = 0;
  std::size_t rounded = 0;  ///< collectives whose bytes are no whole float32 values
  bool has_root = false;
};

/// One rank's trace, in an order in which every node stands after those that it waits for; else in the file's.
std::vector<ChakraNode> in_order(const InputFile& input) {
  std::vector<ChakraNode> nodes = read_chakra(input);
  std::unordered_map<std::uint64_t, std::size_t> index;
  for (std::size_t i = 0; i < nodes.size(); ++i) index[nodes[i].id] = i;
  std::vector<std::size_t> waits(nodes.size());
  std::vector<std::vector<std::size_t>> waited_for(nodes.size());
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    std::ranges::sort(nodes[i].needs);
    nodes[i].needs.erase(std::unique(nodes[i].needs.begin(), nodes[i].needs.end()), nodes[i].needs.end());
    for (const std::uint64_t other : nodes[i].needs) waited_for[index[other]].push_back(i);
    waits[i] = nodes[i].needs.size();
    if (waits[i] == 0) ready.push(i);
  }
  std::vector<ChakraNode> ordered;
  while (!ready.empty()) {
    const std::size_t next = ready.top();
    ready.pop();
    for (const std::size_t other : waited_for[next]) {
      if (--waits[other] == 0) ready.push(other);
    }
    ordered.push_back(std::move(nodes[next]));
  }
  if (ordered.size() == nodes.size()) return ordered;
  const auto left = std::ranges::find_if(waits, [](std::size_t count) { return count > 0; }) - waits.begin();
  const ChakraNode& node = nodes[static_cast<std::size_t>(left)];
  input.refuse(fmt::format("node {} ({}) waits for itself", node.id, node.name.substr(0, 60)));
}

/// Chakra's number of a collective -> our name.
std::string_view operation_name(std::int64_t number) {
  constexpr std::string_view kNames[] = {"all-reduce", "reduce",     "all-gather",     "gather",         "scatter",
                                         "broadcast",  "all-to-all", "reduce-scatter", "reduce-scatter", "barrier"};
  return number >= 0 && number < 10 ? kNames[number] : "";
}

class SetReader {
 public:
  explicit SetReader(const std::vector<std::string>& paths) {
    for (const std::string& path : paths) {
      inputs_.emplace_back(path);
      nodes_.push_back(in_order(inputs_.back()));
      count_ += nodes_.back().size();
      if (count_ > kMostActivities)
        inputs_.back().refuse(fmt::format("more than {} nodes in the set; export fewer steps", kMostActivities));
    }
  }

  ReplayProgram program() {
    std::vector<int>& everyone = program_.groups.emplace_back();
    for (std::size_t rank = 0; rank < nodes_.size(); ++rank) everyone.push_back(static_cast<int>(rank));
    add_groups();
    for (std::size_t rank = 0; rank < nodes_.size(); ++rank) add_rank(static_cast<int>(rank));
    if (const auto mistake = complete_program(program_)) {
      const auto rank = static_cast<std::size_t>(mistake->rank);
      inputs_[rank].refuse(fmt::format("node {}: {}", nodes_[rank][mistake->activity].id, mistake->text));
    }
    return std::move(program_);
  }

  const Inferred& inferred() const { return inferred_; }

 private:
  [[noreturn]] void refuse(int rank, const ChakraNode& node, const std::string& what) const {
    inputs_[static_cast<std::size_t>(rank)].refuse(
        fmt::format("node {} ({}) {}", node.id, node.name.substr(0, 60), what));
  }

  /// A group has the ranks in whose traces it is named.
  void add_groups() {
    for (std::size_t rank = 0; rank < nodes_.size(); ++rank) {
      for (const ChakraNode& node : nodes_[rank]) {
        if (node.type != chakra::COMM_COLL_NODE || node.group.empty()) continue;
        const auto [group, is_new] = groups_.try_emplace(node.group, program_.groups.size());
        if (is_new) program_.groups.emplace_back();
        if (program_.groups.size() > kMostReplayGroups)
          refuse(static_cast<int>(rank), node, fmt::format("is of one of more than {} groups", kMostReplayGroups));
        std::vector<int>& members = program_.groups[group->second];
        if (members.empty() || members.back() != static_cast<int>(rank)) members.push_back(static_cast<int>(rank));
      }
    }
  }

  void add_rank(int rank) {
    const std::vector<ChakraNode>& nodes = nodes_[static_cast<std::size_t>(rank)];
    std::vector<ReplayActivity>& activities = program_.ranks.emplace_back();
    std::unordered_map<std::uint64_t, std::uint32_t> index;
    std::map<std::pair<bool, std::int64_t>, int> streams = {{{false, -1}, 0}};
    for (const ChakraNode& node : nodes) {
      index[node.id] = static_cast<std::uint32_t>(activities.size());
      ReplayActivity& activity = activities.emplace_back(activity_of(node, rank));
      for (const std::uint64_t other : node.needs) activity.after.push_back(index.at(other));
      std::ranges::sort(activity.after);
      if (!activity.is_in_stream() || activity.kind == ActivityKind::collective) continue;
      const int next = static_cast<int>(streams.size());
      activity.stream = streams.try_emplace({node.is_on_host, node.stream}, next).first->second;
    }
    for (ReplayActivity& activity : activities) {
      if (activity.kind == ActivityKind::collective)
        activity.stream = static_cast<int>(streams.size() + activity.group);
      if (activity.stream >= kMostReplayStreams)
        inputs_[static_cast<std::size_t>(rank)].refuse(
            fmt::format("more than {} streams and groups of collectives", kMostReplayStreams));
    }
    count_inferred(activities);
  }

  ReplayActivity activity_of(const ChakraNode& node, int rank) {
    ReplayActivity activity{.name = node.name.substr(0, 100), .bytes = static_cast<std::size_t>(node.bytes)};
    switch (node.type) {
      case chakra::COMP_NODE:
        activity.time_s = node.duration_s;
        if (node.duration_s == 0) activity.flops = std::max(node.flops, 0.0);
        activity.bytes = 0;
        return activity;
      case chakra::COMM_SEND_NODE:
      case chakra::COMM_RECV_NODE:
        set_message(node, rank, activity);
        return activity;
      case chakra::COMM_COLL_NODE:
        set_collective(node, rank, activity);
        return activity;
      case chakra::METADATA_NODE:
        activity.bytes = 0;
        return activity;
      default:
        refuse(rank, node, "reads or writes memory elsewhere, or is of no known type: that cannot be played");
    }
  }

  void set_message(const ChakraNode& node, int rank, ReplayActivity& activity) const {
    const bool sends = node.type == chakra::COMM_SEND_NODE;
    const std::int64_t self = sends ? node.sender : node.receiver, peer = sends ? node.receiver : node.sender;
    if (self >= 0 && self != rank)
      refuse(rank, node, fmt::format("is a message of rank {}, in rank {}'s trace", self, rank));
    if (peer < 0 || peer >= static_cast<std::int64_t>(nodes_.size()) || peer == rank) {
      refuse(rank, node,
             fmt::format("is a message {} rank {}, in a set of {} other ranks", sends ? "to" : "from", peer,
                         nodes_.size() - 1));
    }
    constexpr std::int64_t kMostTag = 2147483647;
    if (node.tag < 0 || node.tag > kMostTag) refuse(rank, node, fmt::format("has the tag {}", node.tag));
    activity.kind = sends ? ActivityKind::send : ActivityKind::receive;
    activity.peer = static_cast<int>(peer);
    activity.tag = static_cast<int>(node.tag);
  }

  void set_collective(const ChakraNode& node, int rank, ReplayActivity& activity) {
    const std::string_view name = operation_name(node.collective);
    if (name.empty()) refuse(rank, node, "is a collective, which it does not name");
    activity.kind = ActivityKind::collective;
    activity.operation = &operation_kind(name);
    activity.group = node.group.empty() ? 0 : groups_.at(node.group);
    const std::size_t size = program_.groups[activity.group].size();
    if (name == "all-gather") activity.bytes *= size;
    const std::size_t unit = kBytesPerValue * (activity.operation->needs_equal_parts ? size : 1);
    const std::size_t whole = (activity.bytes + unit - 1) / unit * unit;
    if (whole != activity.bytes) ++inferred_.rounded;
    activity.bytes = activity.operation->has_values ? whole : 0;
    inferred_.has_root = inferred_.has_root || activity.operation->has_root;
  }

  /// What is in one stream and does not wait, directly or through others, for what stands before it there.
  void count_inferred(const std::vector<ReplayActivity>& activities) {
    std::vector<std::map<int, std::size_t>> known(
        activities.size());  // stream -> how many of it are known to have ended
    std::map<int, std::size_t> count;
    for (std::size_t i = 0; i < activities.size(); ++i) {
      for (const std::uint32_t other : activities[i].after) {
        for (const auto& [stream, ended] : known[other]) known[i][stream] = std::max(known[i][stream], ended);
      }
      if (!activities[i].is_in_stream()) continue;
      std::size_t& before = count[activities[i].stream];
      const bool is_collective = activities[i].kind == ActivityKind::collective,
                 follows = known[i][activities[i].stream] == before;
      known[i][activities[i].stream] = ++before;
      ++(is_collective ? inferred_.collectives : inferred_.computations);
      if (!follows) ++(is_collective ? inferred_.unordered_collectives : inferred_.unordered);
    }
  }

  std::vector<InputFile> inputs_;
  std::vector<std::vector<ChakraNode>> nodes_;
  std::size_t count_ = 0;
  std::map<std::string, std::size_t> groups_;
  ReplayProgram program_;
  Inferred inferred_;
};

std::vector<std::string> notes_of(const Inferred& inferred, const ReplayProgram& program) {
  std::vector<std::string> notes;
  if (inferred.unordered > 0) {
    notes.push_back(
        fmt::format("{} of {} computations do not wait for the one before them in their stream: they run one "
                    "after the other all the same, in the order of the file",
                    inferred.unordered, inferred.computations));
  }
  if (inferred.unordered_collectives > 0) {
    notes.push_back(
        fmt::format("{} of {} collectives do not wait for their group's one before: they run one after the "
                    "other all the same, in the order of the file",
                    inferred.unordered_collectives, inferred.collectives));
  }
  if (program.groups.size() > 1)
    notes.push_back(fmt::format("{} groups of collectives: each has the ranks in whose traces it is named",
                                program.groups.size() - 1));
  if (inferred.rounded > 0)
    notes.push_back(
        fmt::format("{} collectives have no whole number of float32 values per part: rounded up", inferred.rounded));
  if (inferred.has_root) notes.emplace_back("the traces name no root: the first rank of the group is taken");
  return notes;
}

}  // namespace

Imported replay_of(const std::vector<std::string>& paths, const std::string& stem) {
  SetReader reader(paths);
  ReplayProgram program = reader.program();
  program.name = stem;
  program.source = fmt::format("execution traces of Chakra, {} to {}", paths.front(), paths.back());
  std::string text = comment(fmt::format("From {}. What each rank does; activities count from 0.", program.source));
  text +=
      origin_comment(Origin::stated, "computing times, bytes, and what waits for what (`after`; else the one before)");
  text += program_text(program);
  return {{{"", text},
           {"-scenario.yaml", replay_scenario(stem, program.ranks.size(), Origin::stated, "one trace per rank")}},
          notes_of(reader.inferred(), program)};
}

}  // namespace tandem::formats

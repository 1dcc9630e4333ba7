#include "app/export/formats/chakra_nodes.h"

#include <algorithm>
#include <cmath>

namespace tandem {
namespace {

chakra::Attribute& add_attribute(chakra::Node& node, const char* name) {
  chakra::Attribute& attribute = *node.add_attr();
  attribute.set_name(name);
  return attribute;
}

bool takes_no_time(const Activity& activity) {
  return activity.kind == Activity::Kind::compute && activity.duration_s == 0;
}

void set_message(chakra::Node& node, int rank, const Activity& activity, std::uint64_t number) {
  const bool sends = activity.kind == Activity::Kind::send;
  node.set_type(sends ? chakra::COMM_SEND_NODE : chakra::COMM_RECV_NODE);
  add_attribute(node, "comm_src").set_int32_val(sends ? rank : activity.peer);
  add_attribute(node, "comm_dst").set_int32_val(sends ? activity.peer : rank);
  add_attribute(node, "comm_size").set_int64_val(static_cast<std::int64_t>(std::round(activity.bytes)));
  add_attribute(node, "comm_tag").set_int32_val(static_cast<std::int32_t>(number));
}

using Needs = std::vector<std::uint32_t>;

/// What each activity waits for, besides computations that take no time. A replay computes one thing at a time, so such
/// a node, a sum beside the backward pass, would keep what follows it waiting for the computation under way.
std::vector<Needs> needs_that_last(const Program& program) {
  std::vector<Needs> all;
  std::vector<Needs> stands_for;  // per activity: what waits for it waits for these
  for (std::uint32_t i = 0; i < program.activities.size(); ++i) {
    const Activity& activity = program.activities[i];
    Needs& needs = all.emplace_back();
    for (const std::uint32_t other : activity.needs)
      needs.insert(needs.end(), stands_for[other].begin(), stands_for[other].end());
    std::ranges::sort(needs);
    needs.erase(std::unique(needs.begin(), needs.end()), needs.end());
    stands_for.push_back(takes_no_time(activity) ? needs : Needs{i});
  }
  return all;
}

}  // namespace

std::vector<chakra::Node> chakra_nodes(int rank, const Program& program, const std::vector<std::uint64_t>& numbers) {
  constexpr double kMicro = 1e6;
  std::vector<chakra::Node> nodes;
  const std::vector<Needs> needs = needs_that_last(program);
  double computed_us = 0;
  for (std::size_t i = 0; i < program.activities.size(); ++i) {
    const Activity& activity = program.activities[i];
    if (activity.is_withdrawn || takes_no_time(activity)) continue;
    chakra::Node& node = nodes.emplace_back();
    node.set_id(i);
    node.set_name(activity.name);
    for (const std::uint32_t other : needs[i]) node.add_data_deps(other);
    add_attribute(node, "is_cpu_op").set_bool_val(false);
    if (activity.kind != Activity::Kind::compute) {
      set_message(node, rank, activity, numbers[i]);
      continue;
    }
    node.set_type(chakra::COMP_NODE);
    const double before_us = std::round(computed_us);
    computed_us += activity.duration_s * kMicro;
    node.set_duration_micros(static_cast<std::uint64_t>(std::round(computed_us) - before_us));
    if (activity.stack > 0) add_attribute(node, "stream").set_int64_val(activity.stack);
    add_attribute(node, "num_ops").set_int64_val(static_cast<std::int64_t>(std::round(activity.flops)));
    add_attribute(node, "tensor_size").set_uint64_val(0);
  }
  return nodes;
}

}  // namespace tandem

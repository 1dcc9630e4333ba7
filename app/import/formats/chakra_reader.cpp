#include "app/import/formats/chakra_reader.h"

#include <fmt/format.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/util/delimited_message_util.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_set>

#include "app/import/chakra.pb.h"
#include "app/import/json_text.h"

namespace tandem::formats {
namespace {

/// What protobuf would print of a damaged file is the reader's to say, with the file's name.
bool read_next(google::protobuf::MessageLite& message, google::protobuf::io::ZeroCopyInputStream& stream,
               bool& is_at_end) {
  const google::protobuf::LogSilencer silence;
  return google::protobuf::util::ParseDelimitedFromZeroCopyStream(&message, &stream, &is_at_end);
}

constexpr double kMicrosPerSecond = 1e6;

std::int64_t integer_of(const chakra::Attribute& attribute) {
  using Attribute = chakra::Attribute;
  switch (attribute.value_case()) {
    case Attribute::kInt32Val:
      return attribute.int32_val();
    case Attribute::kInt64Val:
      return attribute.int64_val();
    case Attribute::kUint32Val:
      return attribute.uint32_val();
    case Attribute::kUint64Val:
      return static_cast<std::int64_t>(attribute.uint64_val());
    default:
      return -1;
  }
}

ChakraNode node_of(const chakra::Node& message) {
  ChakraNode node{.id = message.id(),
                  .name = message.name(),
                  .type = message.type(),
                  .duration_s = static_cast<double>(message.duration_micros()) / kMicrosPerSecond,
                  .needs = {message.data_deps().begin(), message.data_deps().end()}};
  node.needs.insert(node.needs.end(), message.ctrl_deps().begin(), message.ctrl_deps().end());
  for (const chakra::Attribute& attribute : message.attr()) {
    if (attribute.name() == "comm_type") node.collective = integer_of(attribute);
    if (attribute.name() == "comm_size") node.bytes = static_cast<double>(integer_of(attribute));
    if (attribute.name() == "comm_src") node.sender = integer_of(attribute);
    if (attribute.name() == "comm_dst") node.receiver = integer_of(attribute);
    if (attribute.name() == "comm_tag") node.tag = integer_of(attribute);
    if (attribute.name() == "pg_name") node.group = attribute.string_val();
    if (attribute.name() == "num_ops") node.flops = static_cast<double>(integer_of(attribute));
    if (attribute.name() == "stream") node.stream = integer_of(attribute);
    if (attribute.name() == "is_cpu_op") node.is_on_host = attribute.bool_val();
  }
  return node;
}

std::vector<ChakraNode> read_messages(const InputFile& input) {
  const std::unique_ptr<std::istream> file = input.stream();
  google::protobuf::io::IstreamInputStream stream(file.get());
  chakra::GlobalMetadata metadata;
  bool is_at_end = false;
  if (!read_next(metadata, stream, is_at_end)) input.refuse("no metadata at the beginning");
  std::vector<ChakraNode> nodes;
  for (chakra::Node message; nodes.size() <= kMostChakraNodes; message.Clear()) {
    if (!read_next(message, stream, is_at_end)) break;
    nodes.push_back(node_of(message));
  }
  if (!is_at_end && nodes.size() <= kMostChakraNodes)
    input.refuse(fmt::format("the message after {} nodes is damaged or cut off", nodes.size()));
  return nodes;
}

std::vector<ChakraNode> read_json(const InputFile& input) {
  std::vector<ChakraNode> nodes;
  const std::string text = input.text();
  const nlohmann::json json = parse_json(text, input);
  try {
    for (const nlohmann::json& item : json.at("workload_graph")) {
      ChakraNode node{.id = item.at("Id").get<std::uint64_t>(),
                      .name = item.at("Name").get<std::string>(),
                      .type = item.at("NodeType").get<int>(),
                      .duration_s = item.value("runtime", 0.0) / kMicrosPerSecond,
                      .flops = item.value("num_ops", 0.0),
                      .needs = item.at("data_deps").get<std::vector<std::uint64_t>>(),
                      .collective = item.value("comm_type", std::int64_t{-1}),
                      .group = item.value("pg_name", std::string()),
                      .bytes = item.value("comm_size", 0.0),
                      .sender = item.value("comm_src", std::int64_t{-1}),
                      .receiver = item.value("comm_dst", std::int64_t{-1}),
                      .tag = item.value("comm_tag", std::int64_t{0}),
                      .stream = item.value("stream", std::int64_t{-1}),
                      .is_on_host = item.value("is_cpu_op", false)};
      const auto controls = item.value("ctrl_deps", std::vector<std::uint64_t>());
      node.needs.insert(node.needs.end(), controls.begin(), controls.end());
      nodes.push_back(std::move(node));
    }
  } catch (const nlohmann::json::exception& error) {
    refuse_json(input.path(), place_of_value(text, {"workload_graph", std::to_string(nodes.size())}),
                fmt::format("node {} is not as Chakra's feeder reads it: {}", nodes.size(), in_plain_words(error)));
  }
  return nodes;
}

}  // namespace

std::string_view chakra_collective(std::int64_t number) {
  constexpr std::array<std::string_view, 10> kNames = {
      "ALL_REDUCE", "REDUCE",         "ALL_GATHER",           "GATHER", "SCATTER", "BROADCAST",
      "ALL_TO_ALL", "REDUCE_SCATTER", "REDUCE_SCATTER_BLOCK", "BARRIER"};
  const bool is_known = number >= 0 && static_cast<std::size_t>(number) < kNames.size();
  return is_known ? kNames[static_cast<std::size_t>(number)] : "which it does not name";
}

bool begins_as_chakra(std::string_view head) {
  if (is_json_object(head)) return head.find("\"workload_graph\"") != head.npos;
  google::protobuf::io::ArrayInputStream stream(head.data(), static_cast<int>(head.size()));
  chakra::GlobalMetadata metadata;
  chakra::Node node;
  bool is_at_end = false;
  if (!read_next(metadata, stream, is_at_end) || metadata.ByteSizeLong() == 0) return false;
  return read_next(node, stream, is_at_end) && node.type() > 0 && node.type() <= chakra::COMM_COLL_NODE;
}

std::vector<ChakraNode> read_chakra(const InputFile& input) {
  std::vector<ChakraNode> nodes = is_json_object(input.head()) ? read_json(input) : read_messages(input);
  if (nodes.empty()) input.refuse("an execution trace without a node");
  if (nodes.size() > kMostChakraNodes)
    input.refuse(fmt::format("more than {} nodes; export fewer steps", kMostChakraNodes));
  std::unordered_set<std::uint64_t> ids;
  for (const ChakraNode& node : nodes) {
    if (!ids.insert(node.id).second) input.refuse(fmt::format("two nodes have the id {}", node.id));
    constexpr double kMost_s = 1e6, kMostBytes = 1e15;
    if (!(node.duration_s >= 0 && node.duration_s <= kMost_s) || !(node.bytes >= 0 && node.bytes <= kMostBytes))
      input.refuse(fmt::format("node {} takes {:g} s and has {:g} bytes, which is no amount", node.id, node.duration_s,
                               node.bytes));
  }
  for (const ChakraNode& node : nodes) {
    const auto missing = std::ranges::find_if(node.needs, [&](std::uint64_t other) { return !ids.contains(other); });
    if (missing != node.needs.end())
      input.refuse(fmt::format("node {} depends on node {}, which is not there", node.id, *missing));
  }
  return nodes;
}

}  // namespace tandem::formats

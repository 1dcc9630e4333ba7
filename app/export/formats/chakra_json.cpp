// Chakra's execution traces in the JSON that its feeder reads, one OUT.RANK.json per rank: a list `workload_graph`
// whose nodes have their attributes as plain keys.
#include <fmt/format.h>

#include "app/export/format.h"
#include "app/export/formats/chakra_nodes.h"
#include "core/config/json.h"

namespace tandem::formats {
namespace {

using Attribute = tandem::chakra::Attribute;

Json json_of(const tandem::chakra::Node& node) {
  Json json = {{"Id", node.id()},
               {"Name", node.name()},
               {"NodeType", static_cast<int>(node.type())},
               {"runtime", node.duration_micros()},
               {"data_deps", std::vector<std::uint64_t>(node.data_deps().begin(), node.data_deps().end())}};
  for (const Attribute& attribute : node.attr()) {
    switch (attribute.value_case()) {
      case Attribute::kBoolVal:
        json[attribute.name()] = attribute.bool_val();
        break;
      case Attribute::kInt32Val:
        json[attribute.name()] = attribute.int32_val();
        break;
      case Attribute::kInt64Val:
        json[attribute.name()] = attribute.int64_val();
        break;
      case Attribute::kUint64Val:
        json[attribute.name()] = attribute.uint64_val();
        break;
      default:
        break;
    }
  }
  return json;
}

std::vector<ExportedFile> write_chakra_json(const std::vector<Program>& programs, const std::string&) {
  const std::vector<std::vector<std::uint64_t>> numbers = message_numbers(programs);
  std::vector<ExportedFile> files;
  for (std::size_t rank = 0; rank < programs.size(); ++rank) {
    Json nodes = Json::array();
    for (const tandem::chakra::Node& node : chakra_nodes(static_cast<int>(rank), programs[rank], numbers[rank]))
      nodes.push_back(json_of(node));
    files.push_back({fmt::format(".{}.json", rank), Json{{"workload_graph", nodes}}.dump(1) + "\n"});
  }
  return files;
}

}  // namespace

ExportFormat chakra_json() {
  return {
      .name = "chakra-json", .doc = "the same as JSON, as Chakra's feeder reads it", .of_programs = write_chakra_json};
}

}  // namespace tandem::formats

// MLCommons Chakra's execution traces, one OUT.RANK.et per rank: protobuf messages, each after its length. ASTRA-sim
// plays them as sends and receives on the network that it simulates.
#include <fmt/format.h>
#include <google/protobuf/util/delimited_message_util.h>

#include <sstream>

#include "app/export/format.h"
#include "app/export/formats/chakra_nodes.h"

namespace tandem::formats {
namespace {

using google::protobuf::util::SerializeDelimitedToOstream;

std::vector<ExportedFile> write_chakra(const std::vector<Program>& programs, const std::string&) {
  const std::vector<std::vector<std::uint64_t>> numbers = message_numbers(programs);
  std::vector<ExportedFile> files;
  for (std::size_t rank = 0; rank < programs.size(); ++rank) {
    std::ostringstream bytes;
    tandem::chakra::GlobalMetadata metadata;
    metadata.set_version("1.0.0");
    SerializeDelimitedToOstream(metadata, &bytes);
    for (const tandem::chakra::Node& node : chakra_nodes(static_cast<int>(rank), programs[rank], numbers[rank]))
      SerializeDelimitedToOstream(node, &bytes);
    files.push_back({fmt::format(".{}.et", rank), bytes.str()});
  }
  return files;
}

}  // namespace

ExportFormat chakra() {
  return {.name = "chakra",
          .doc = "execution traces of MLCommons Chakra (.et), one per rank, for ASTRA-sim",
          .of_programs = write_chakra};
}

}  // namespace tandem::formats

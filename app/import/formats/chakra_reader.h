// Reads an execution trace of MLCommons Chakra, one rank's: its protobuf form (.et) or its JSON.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/import/input.h"

namespace tandem::formats {

struct ChakraNode {
  std::uint64_t id = 0;
  std::string name;
  int type = 0;  ///< as in app/import/chakra.proto
  double duration_s = 0;
  std::vector<std::uint64_t> needs;
  std::int64_t collective = -1;  ///< Chakra's number of it; -1: not stated
  double bytes = 0;
};

inline constexpr std::size_t kMostChakraNodes = 1'000'000;

/// Whether a file that begins so is one of the two forms.
bool begins_as_chakra(std::string_view head);

/// In the order of the file. Throws ScenarioError where the file is damaged, holds no node or too many, or an id twice.
std::vector<ChakraNode> read_chakra(const InputFile& input);

}  // namespace tandem::formats

// Reads an execution trace of MLCommons Chakra, one rank's: its protobuf form (.et) or its JSON.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "app/import/input.h"

namespace tandem::formats {

struct ChakraNode {
  std::uint64_t id = 0;
  std::string name;
  int type = 0;  ///< as in app/import/chakra.proto
  double duration_s = 0;
  double flops = 0;
  std::vector<std::uint64_t> needs;
  std::int64_t collective = -1;  ///< Chakra's number of it; -1: not stated
  std::string group;             ///< collective: the name of its ranks; empty: all
  double bytes = 0;
  std::int64_t sender = -1, receiver = -1, tag = 0;  ///< message; -1: not stated
  std::int64_t stream = -1;                          ///< -1: not stated
  bool is_on_host = false;                           ///< computed by a processor beside the device
};

inline constexpr std::size_t kMostChakraNodes = 1'000'000;

/// Chakra's name of a collective, or "which it does not name".
std::string_view chakra_collective(std::int64_t number);

/// Whether a file that begins so is one of the two forms.
bool begins_as_chakra(std::string_view head);

/// In the order of the file. Throws ScenarioError where the file is damaged, holds no node or too many, or an id twice.
std::vector<ChakraNode> read_chakra(const InputFile& input);

}  // namespace tandem::formats

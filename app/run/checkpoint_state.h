// The state of a stack as entries of a file, and back.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "algorithms/training.h"
#include "app/store/checkpoint_folder.h"

namespace tandem {

/// A stack that holds state: its rank, and 0, or 1 for the second stack of a rank.
struct Holder {
  int rank = 0;
  int stack = 0;

  bool operator==(const Holder&) const = default;
};

/// What one stack adds to a checkpoint. Values lie where the state has them.
struct StatePart {
  std::vector<StoredTensor> tensors;
  std::map<std::string, std::string> metadata;  ///< entry -> "owned", "replica" or "version"
  std::uint64_t bytes = 0;                      ///< the state's size, phantoms included
};

/// Every value is kept once: what is owned, what differs from rank to rank, and, where replicas agree after every step,
/// rank 0's copy of what nobody owns.
StatePart part_of_state(const State& state, const Holder& holder, bool replicas_agree);

/// Puts values back from the parts of a checkpoint.
class StateRestorer {
 public:
  StateRestorer(std::filesystem::path checkpoint, const CheckpointManifest& manifest)
      : checkpoint_(std::move(checkpoint)), manifest_(manifest) {}

  /// Every piece from the holder's own part; what is not there from the others'. Returns the bytes put back. Throws
  /// UsageError that names what is missing.
  std::uint64_t restore(const State& state, const Holder& holder);
  /// An entry that is no piece; null where there is none. Valid as long as this object.
  const StoredTensor* find(const Holder& holder, const std::string& entry);

 private:
  struct Part {
    std::string content;
    Tensors entries;
  };
  const Part* part(const std::string& name);
  void put_back(const Piece& piece, const std::string& entry, const std::string& own);
  std::size_t cover(const Piece& piece, const Part& part);

  std::filesystem::path checkpoint_;
  const CheckpointManifest& manifest_;
  std::map<std::string, Part> parts_;
};

/// Reads every part of a checkpoint. Throws UsageError where one is damaged.
void verify_parts(const std::filesystem::path& checkpoint, const CheckpointManifest& manifest);

}  // namespace tandem

// What the strategy `replay` plays: for each rank the activities that a trace of another run, or a person, states, and
// what each of them waits for. It holds no time of a network.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "algorithms/collectives/kinds.h"
#include "core/config/choice.h"

namespace tandem {

/// A computation, one side of a message, or this rank's part of a collective.
struct ReplayActivity {
  enum class Kind { compute, send, receive, collective } kind = Kind::compute;
  std::string name;       ///< for people; may be empty
  double time_s = 0;      ///< compute: however fast the host is
  double flops = 0;       ///< compute: at the host's speed, besides time_s
  int peer = -1;          ///< send, receive
  int tag = 0;            ///< send, receive: the n-th send of a tag goes to the peer's n-th receive of it
  std::size_t bytes = 0;  ///< send, receive: the message; collective: the whole vector of float32 values
  const OperationKind* operation = nullptr;  ///< collective
  std::size_t group = 0;                     ///< collective: an index into ReplayProgram::groups
  int root = 0;                              ///< collective: in the group
  int stream = 0;                            ///< compute, collective: those of one stream run one after the other
  std::vector<std::uint32_t> after;  ///< activities of the rank, each before this one, that end before it begins
  /// Filled in by complete_program. A message's number among those from its sender to its receiver, the same on both
  /// sides; a collective's number among those of its group.
  int number = 0;

  bool is_message() const { return kind == Kind::send || kind == Kind::receive; }
  /// A computation that takes no time marks that what it waits for has ended; it is in no stream.
  bool is_mark() const { return kind == Kind::compute && time_s == 0 && flops == 0; }
  /// Whether it keeps its stream busy from its beginning to its end.
  bool is_in_stream() const { return kind == Kind::collective || (kind == Kind::compute && !is_mark()); }
};

struct ReplayProgram {
  std::string name;
  std::string source;
  std::vector<std::vector<int>> groups;  ///< the first has all ranks
  std::vector<std::vector<ReplayActivity>> ranks;

  /// "activity 3 (forward 0) of rank 1".
  std::string text_of(int rank, std::size_t activity) const;
};

inline constexpr std::size_t kMostReplayGroups = 250;
inline constexpr int kMostReplayStreams = 512;

/// Why a program cannot be played, and the activity that shows it.
struct ReplayMistake {
  int rank = 0;
  std::size_t activity = 0;
  std::string text;
};

/// Numbers messages and collectives. Finds sends without a receive, collectives that ranks call in different orders,
/// and activities that wait for each other, where every send waits for its receive: a program without such a mistake
/// ends in every world.
std::optional<ReplayMistake> complete_program(ReplayProgram& program);

/// The option `program` of the strategy.
struct ProgramOption {
  std::string file;
  std::shared_ptr<const ReplayProgram> program;  ///< null until the file was read
};

}  // namespace tandem

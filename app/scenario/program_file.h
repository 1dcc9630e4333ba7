// The file of a program that the strategy `replay` plays: what each rank does, in YAML, as a person or `tandem import`
// writes it.
//
//   name: two ranks
//   ranks:
//   - - {do: compute, time: 3ms}
//     - {do: send, to: 1, bytes: 4kB}
//   - - {do: receive, from: 0, bytes: 4kB}
#pragma once

#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "algorithms/strategies/replay_program.h"
#include "core/config/diagnostics.h"
#include "core/config/reader.h"

namespace tandem {

inline constexpr std::size_t kMostActivities = 50'000;  ///< that all ranks of a program may have together

/// Reads each program once, whatever the number of points that name it. Mistakes in a program go to `diagnostics`,
/// which must not be shown after this is gone.
class Programs {
 public:
  explicit Programs(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  /// Null after a mistake.
  std::shared_ptr<const ReplayProgram> read(const std::string& path);

 private:
  std::shared_ptr<const ReplayProgram> read(const Source& source);

  Diagnostics& diagnostics_;
  std::deque<Source> sources_;  ///< positions point into them
  std::map<std::string, std::shared_ptr<const ReplayProgram>> known_;
};

/// The program as such a file, without a heading. Reading it back gives the same program.
std::string program_text(const ReplayProgram& program);

}  // namespace tandem

// How far each rank of a run has got: whoever finds one killed asks what is lost, and the dead do not say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/process/file_descriptor.h"

namespace tandem {

/// What a rank noted last.
struct RankProgress {
  std::int64_t process = 0;  ///< 0: it has noted nothing
  std::uint64_t steps_done = 0;
  double noted_s = 0;  ///< on its machine's monotonic clock
};

/// One rank's place in a file that the ranks of a run share, in its folder.
class ProgressNotes {
 public:
  ProgressNotes(const std::filesystem::path& folder, int rank);

  /// One write, which survives this process.
  void note(std::size_t steps_done) const;

 private:
  FileDescriptor file_;
  int rank_;
};

/// By rank; those that have noted nothing may be missing at the end.
std::vector<RankProgress> progress_in(const std::filesystem::path& folder);
/// Before ranks start again.
void remove_progress(const std::filesystem::path& folder);

}  // namespace tandem

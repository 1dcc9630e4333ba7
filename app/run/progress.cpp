#include "app/run/progress.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include "app/store/journal.h"
#include "app/store/run_folder.h"
#include "app/store/whole_file.h"
#include "core/errors.h"

namespace tandem {

ProgressNotes::ProgressNotes(const std::filesystem::path& folder, int rank)
    : file_(open((folder / kProgress).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644)), rank_(rank) {
  if (!file_) throw RunFailed(fmt::format("cannot write {}: {}", (folder / kProgress).string(), std::strerror(errno)));
}

// Where it cannot be written it is only less that is known of a failure.
void ProgressNotes::note(std::size_t steps_done) const {
  const RankProgress progress{.process = getpid(), .steps_done = steps_done, .noted_s = steady_now_s()};
  const auto place = static_cast<off_t>(sizeof progress) * rank_;
  static_cast<void>(!pwrite(file_.get(), &progress, sizeof progress, place));
}

std::vector<RankProgress> progress_in(const std::filesystem::path& folder) {
  if (!std::filesystem::exists(folder / kProgress)) return {};
  const std::string bytes = read_whole_file(folder / kProgress);
  std::vector<RankProgress> ranks(bytes.size() / sizeof(RankProgress));
  std::memcpy(ranks.data(), bytes.data(), ranks.size() * sizeof(RankProgress));
  return ranks;
}

void remove_progress(const std::filesystem::path& folder) {
  std::error_code ignored;
  std::filesystem::remove(folder / kProgress, ignored);
}

}  // namespace tandem

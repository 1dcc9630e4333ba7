#include "tests/checkpoints/watched_run.h"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <stdexcept>
#include <vector>

#include "app/run/progress.h"
#include "app/store/journal.h"
#include "core/process/file_descriptor.h"

namespace tandem::laws {

void await(const std::filesystem::path& folder, const std::function<bool()>& holds) {
  const FileDescriptor changes(inotify_init1(IN_CLOEXEC));
  inotify_add_watch(changes.get(), folder.c_str(), IN_MODIFY | IN_CREATE | IN_DELETE);
  while (!holds()) {
    constexpr int kDeadline_ms = 60'000;
    pollfd ready{changes.get(), POLLIN, 0};
    if (poll(&ready, 1, kDeadline_ms) <= 0) throw std::runtime_error("what was awaited did not come");
    char events[4096];
    if (read(changes.get(), events, sizeof events) < 0) throw std::runtime_error("the folder cannot be watched");
  }
}

int next_that_hangs(const std::filesystem::path& folder, std::size_t count) {
  std::vector<int> ranks;
  await(folder, [&] {
    ranks.clear();
    for (const JournalEntry& entry : Journal(folder).read()) {
      if (entry.kind == JournalEntry::Kind::hung) ranks.push_back(entry.rank);
    }
    return ranks.size() >= count;
  });
  return ranks[count - 1];
}

pid_t process_of(const std::filesystem::path& folder, int rank) {
  return static_cast<pid_t>(progress_in(folder).at(static_cast<std::size_t>(rank)).process);
}

}  // namespace tandem::laws

#include "app/launch/mpi_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>

#include "app/store/scratch_folder.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLockFile = "lock";

std::string prefix() { return fmt::format("tandem-mpi.{}.", geteuid()); }

/// Memory where there is some, because ranks share it. The paths of sockets in it must be short.
fs::path base_folder() { return access("/dev/shm", W_OK) == 0 ? "/dev/shm" : fs::temp_directory_path(); }

/// The folder's lock; empty where another process has it.
FileDescriptor lock_of(const fs::path& folder) {
  FileDescriptor lock(open((folder / kLockFile).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock && flock(lock.get(), LOCK_EX | LOCK_NB) != 0) lock.reset();
  return lock;
}

void remove_what_was_left(const fs::path& base) {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(base, ignored)) {
    if (!entry.path().filename().string().starts_with(prefix())) continue;
    if (lock_of(entry.path())) fs::remove_all(entry.path(), ignored);
  }
}

}  // namespace

MpiFiles::MpiFiles() {
  const fs::path base = base_folder();
  remove_what_was_left(base);
  // Until it is locked, another program may take the folder for one that was left, and remove it.
  while (!lock_ || !fs::exists(folder_ / kLockFile)) {
    folder_ = make_unique_folder(base, prefix());
    lock_ = lock_of(folder_);
  }
  setenv("OMPI_MCA_orte_tmpdir_base", folder_.c_str(), /*overwrite=*/1);
  setenv("OMPI_MCA_btl_vader_backing_directory", folder_.c_str(), /*overwrite=*/1);
}

MpiFiles::~MpiFiles() {
  std::error_code ignored;
  // A rank that is being killed may still have made a file while the first call removed the others.
  for (int i = 0; i < 2; ++i) fs::remove_all(folder_, ignored);
}

}  // namespace tandem

#include "app/launch/mpi_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <thread>

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

/// Whether a process was started with this folder for its files: mpirun, or a rank.
bool is_used(const fs::path& folder) {
  std::error_code ignored;
  for (const fs::directory_entry& process : fs::directory_iterator("/proc", ignored)) {
    const std::string number = process.path().filename();
    if (number.find_first_not_of("0123456789") != number.npos) continue;
    std::ifstream file(process.path() / "environ", std::ios::binary);
    const std::string environment((std::istreambuf_iterator<char>(file)), {});
    if (environment.find("=" + folder.string()) != environment.npos) return true;
  }
  return false;
}

/// A process that is still ending would make the folder anew.
bool becomes_unused(const fs::path& folder, std::chrono::milliseconds patience) {
  constexpr std::chrono::milliseconds kTick{10};
  for (auto waited = std::chrono::milliseconds::zero(); is_used(folder); waited += kTick) {
    if (waited >= patience) return false;
    std::this_thread::sleep_for(kTick);
  }
  return true;
}

constexpr std::chrono::milliseconds kPatience{5000};

void remove_what_was_left(const fs::path& base, std::chrono::milliseconds patience) {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(base, ignored)) {
    if (!entry.path().filename().string().starts_with(prefix())) continue;
    const FileDescriptor lock = lock_of(entry.path());
    if (lock && becomes_unused(entry.path(), patience)) fs::remove_all(entry.path(), ignored);
  }
}

}  // namespace

MpiFiles::MpiFiles() {
  const fs::path base = base_folder();
  remove_what_was_left(base, std::chrono::milliseconds::zero());
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
  becomes_unused(folder_, kPatience);
  fs::remove_all(folder_, ignored);
}

void remove_files_of_killed_launchers() { remove_what_was_left(base_folder(), kPatience); }

}  // namespace tandem

#include "app/store/study_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "app/store/run_folder.h"
#include "app/store/whole_file.h"
#include "core/errors.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

/// The files of a study besides the mark and the runs' files. --force removes these, and nothing that a person may have
/// put there.
constexpr std::array<std::string_view, 6> kOwnEntries = {"runs.csv", "comparison.csv", "runs",
                                                         "figures",  "report.html",    "study.json"};

[[noreturn]] void cannot_write(const fs::path& path, int error) {
  throw UsageError(fmt::format("cannot write to output folder {}: {}", path.string(), std::strerror(error)));
}

bool is_unfinished(const fs::path& path) { return fs::exists(path / kUnfinishedMark); }

/// Whether the mark is the only entry. Another program may have begun and finished its study since the folder was found
/// free, and then making the mark anew does not make the folder this program's.
bool is_alone(const fs::path& study) {
  return std::distance(fs::directory_iterator(study), fs::directory_iterator()) == 1;
}

/// Makes the folder if it is missing. Returns whether it is empty.
bool is_free(const fs::path& path) {
  std::error_code error;
  fs::create_directory(path, error);
  if (error) throw UsageError(fmt::format("cannot make output folder {}: {}", path.string(), error.message()));
  const bool is_empty = fs::is_empty(path, error);
  if (error) throw UsageError(fmt::format("cannot read output folder {}: {}", path.string(), error.message()));
  return is_empty;
}

/// The mark, made and locked by this call; empty if another program has made it first. So only one of the programs that
/// have found a folder free at the same time gets it.
FileDescriptor make_mark(const fs::path& study) {
  FileDescriptor mark(open((study / kUnfinishedMark).c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!mark && errno != EEXIST) cannot_write(study, errno);
  if (mark && flock(mark.get(), LOCK_EX | LOCK_NB) != 0) mark.reset();
  return mark;
}

/// The mark of an unfinished study, locked. Empty where there is none, or another process has it. A lock ends with its
/// process.
FileDescriptor lock_mark(const fs::path& study) {
  const fs::path path = study / kUnfinishedMark;
  FileDescriptor mark(open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!mark || flock(mark.get(), LOCK_EX | LOCK_NB) != 0) return FileDescriptor();
  // Its last owner may have finished the study, and removed the mark, since it was opened.
  struct stat here {
  }, there{};
  const bool is_still_there =
      fstat(mark.get(), &here) == 0 && stat(path.c_str(), &there) == 0 && here.st_ino == there.st_ino;
  return is_still_there ? std::move(mark) : FileDescriptor();
}

void write_identity(const FileDescriptor& mark, const fs::path& study, const std::string& identity) {
  const bool is_written = ftruncate(mark.get(), 0) == 0 && pwrite(mark.get(), identity.data(), identity.size(), 0) ==
                                                               static_cast<ssize_t>(identity.size());
  if (!is_written) cannot_write(study, errno);
}

std::string moved_text(const fs::path& wanted, const fs::path& path) {
  if (is_unfinished(wanted)) {
    return fmt::format(
        "{} holds an unfinished study that is not this one or is under way; writing to {} (--force replaces it)",
        wanted.string(), path.string());
  }
  if (fs::exists(wanted / "runs.csv")) {
    return fmt::format("{} holds an earlier study; writing to {} (--force replaces it)", wanted.string(),
                       path.string());
  }
  return fmt::format("{} is not empty and holds no study; writing to {}", wanted.string(), path.string());
}

void remove_study(const fs::path& path) {
  const auto remove = [&](std::string_view entry) {
    std::error_code error;
    fs::remove_all(path / entry, error);
    if (error) throw UsageError(fmt::format("cannot replace {}: {}", (path / entry).string(), error.message()));
  };
  for (const std::string_view entry : kOwnEntries) remove(entry);
  for (const std::string_view entry : run_files()) remove(entry);
}

}  // namespace

void StudyFolder::finish() {
  const bool was_there = fs::remove(path_ / kUnfinishedMark);
  lock_.reset();
  // Runs that had ended by then are gone, and what is written later looks like a whole study.
  if (!was_there) {
    throw UsageError(
        fmt::format("{} was removed while its runs went on: what is there now is not the whole study", path_.string()));
  }
}

StudyFolder open_study_folder(const fs::path& base, const std::string& name, bool force, const std::string& identity) {
  std::error_code error;
  if (!base.empty()) fs::create_directories(base, error);
  if (error) throw UsageError(fmt::format("cannot make output folder {}: {}", base.string(), error.message()));

  const fs::path wanted = base / name;
  for (int copy = 1;; ++copy) {
    const fs::path path = copy == 1 ? wanted : base / fmt::format("{}-{}", name, copy);
    if (is_free(path)) {
      FileDescriptor mark = make_mark(path);
      if (!mark) continue;
      if (!is_alone(path)) {
        fs::remove(path / kUnfinishedMark);
        continue;
      }
      write_identity(mark, path, identity);
      return {path, std::move(mark), false, copy == 1 ? std::string() : moved_text(wanted, path)};
    }
    FileDescriptor mark = lock_mark(path);
    if (mark && !force && !identity.empty() && read_whole_file(path / kUnfinishedMark) == identity)
      return {path, std::move(mark), true, fmt::format("going on with the interrupted study in {}", path.string())};
    const bool is_finished = !is_unfinished(path) && fs::exists(path / "runs.csv");
    if (force && is_finished) mark = make_mark(path);
    if (!force || !mark) continue;
    remove_study(path);
    write_identity(mark, path, identity);
    return {path, std::move(mark), false, fmt::format("replacing the earlier study in {}", path.string())};
  }
}

}  // namespace tandem

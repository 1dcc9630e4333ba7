#include "app/store/sweep_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "app/store/run_folder.h"
#include "app/store/whole_file.h"
#include "core/config/json_mistake.h"
#include "core/errors.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;
constexpr const char *kList = "sweep.json", *kRuns = "runs", *kRunning = "running", *kLock = ".lock";

Json json_of(const std::vector<SweepRun>& runs) {
  Json json = {{"sweep", 1}, {"runs", Json::array()}};
  for (const SweepRun& run : runs)
    json["runs"].push_back({{"folder", run.folder}, {"key", run.key}, {"cost_s", run.cost_s}});
  return json;
}

/// Writes the file unless it is there: the first of several processes wins, and the others read what it wrote.
void write_first(const fs::path& path, const std::string& text) {
  const fs::path mine = fmt::format("{}.{}", path.string(), getpid());
  write_whole_file(mine, text);
  const bool is_written = link(mine.c_str(), path.c_str()) == 0 || errno == EEXIST;
  const int error = errno;
  fs::remove(mine);
  if (!is_written) throw UsageError(fmt::format("cannot write {}: {}", path.string(), std::strerror(error)));
}

std::string host_name() {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  return name.data();
}

/// An open file that this process has locked; empty where another has it.
FileDescriptor locked(const fs::path& path, int more_flags) {
  FileDescriptor file(open(path.c_str(), O_RDWR | O_CLOEXEC | more_flags, 0644));
  if (file && flock(file.get(), LOCK_EX | LOCK_NB) != 0) file.reset();
  return file;
}

bool same_runs(const std::vector<SweepRun>& one, const std::vector<SweepRun>& other) {
  return std::equal(one.begin(), one.end(), other.begin(), other.end(), [](const SweepRun& a, const SweepRun& b) {
    return a.folder == b.folder && a.key == b.key;  // costs are arithmetic, which processors may round differently
  });
}

bool is_finished(const fs::path& run) { return read_finished_run(run).has_value(); }

}  // namespace

std::vector<SweepRun> read_sweep(const fs::path& path) {
  const fs::path list = path / kList;
  if (!fs::exists(list))
    throw UsageError(fmt::format("{}: no sweep; `tandem run FILE --shard` makes one", path.string()));
  std::vector<SweepRun> runs;
  const std::string text = read_whole_file(list);
  const Json json = parse_json_text(text, list.string());
  try {
    for (const Json& run : json.at("runs")) runs.push_back({run.at("folder"), run.at("key"), run.at("cost_s")});
  } catch (const Json::exception& error) {
    refuse_json(list.string(), place_of_value(text, {"runs", std::to_string(runs.size())}),
                "is not the list of a sweep: " + in_plain_words(error));
  }
  return runs;
}

fs::path folder_of(const fs::path& sweep, const SweepRun& run) { return sweep / kRuns / run.folder; }

SweepFolder::SweepFolder(fs::path path, const std::vector<SweepRun>& runs) : path_(std::move(path)) {
  std::error_code error;
  fs::create_directories(path_ / kRuns, error);
  if (!error) fs::create_directories(path_ / kRunning, error);
  if (error) throw UsageError(fmt::format("cannot make output folder {}: {}", path_.string(), error.message()));
  read_or_write_list(runs);
  remove_dead_shards();
  own_ = path_ / kRunning / fmt::format("{}-{}", host_name(), getpid());
  // Its lock comes first: a folder without a locked file beside it is a dead shard's.
  lock_ = locked(own_.string() + kLock, O_CREAT);
  if (!lock_) throw UsageError(fmt::format("cannot lock {}{}: {}", own_.string(), kLock, std::strerror(errno)));
  fs::create_directory(own_, error);
}

SweepFolder::~SweepFolder() {
  std::error_code ignored;
  fs::remove_all(own_, ignored);
  fs::remove(own_.string() + kLock, ignored);
  fs::remove(path_ / kRunning, ignored);  // fails while another shard is there
}

bool SweepFolder::has(const SweepRun& run) const { return is_finished(folder_of(path_, run)); }

void SweepFolder::keep(const SweepRun& run) const {
  const fs::path from = own_folder(run), to = folder_of(path_, run);
  while (std::rename(from.c_str(), to.c_str()) != 0) {
    if (errno != ENOTEMPTY && errno != EEXIST)
      throw RunFailed(fmt::format("cannot move {} to {}: {}", from.string(), to.string(), std::strerror(errno)));
    if (is_finished(to)) {
      fs::remove_all(from);
      return;
    }
    // A failed attempt makes room. Whoever else does the same at this moment is met again by the loop.
    const fs::path earlier = own_ / ("earlier-" + run.folder);
    fs::remove_all(earlier);
    if (std::rename(to.c_str(), earlier.c_str()) == 0) fs::remove_all(earlier);
  }
}

void SweepFolder::read_or_write_list(const std::vector<SweepRun>& runs) {
  const fs::path list = path_ / kList;
  if (!fs::exists(list)) {
    for (const auto& entry : fs::directory_iterator(path_)) {
      const std::string name = entry.path().filename();
      const bool is_mine = (name == kRuns || name == kRunning) && fs::is_empty(entry.path());
      // The list may have come while this loop looked.
      if (!is_mine && !name.starts_with(kList) && !fs::exists(list))
        throw UsageError(
            fmt::format("{} holds {}, which is no sweep's: name a folder of its own", path_.string(), name));
    }
    write_first(list, text_of(json_of(runs)) + "\n");
  }
  runs_ = read_sweep(path_);
  if (same_runs(runs_, runs)) return;
  throw UsageError(
      fmt::format("{} holds the sweep of another scenario, or of another version of Tandem: its runs have other keys "
                  "than this scenario's; name another folder",
                  path_.string()));
}

void SweepFolder::remove_dead_shards() const {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(path_ / kRunning, ignored)) {
    const std::string name = entry.path();
    if (name.ends_with(kLock)) continue;
    const FileDescriptor lock = locked(name + kLock, 0);
    if (!lock) continue;
    fs::remove_all(entry.path(), ignored);
    fs::remove(name + kLock, ignored);
  }
}

}  // namespace tandem

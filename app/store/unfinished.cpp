#include "app/store/unfinished.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "app/report/writer.h"
#include "app/run/session.h"
#include "app/store/whole_file.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  return content.str();
}

/// Changes when the file does; cheaper than to read it all.
std::string state_of(const std::string& file) {
  if (file.empty() || !fs::exists(file)) return {};
  return fmt::format("{} bytes of {}", fs::file_size(file), fs::last_write_time(file).time_since_epoch().count());
}

/// The open file that holds the lock, or -1 where another process holds it. A lock ends with its process.
int try_to_lock(const fs::path& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0 || flock(file, LOCK_EX | LOCK_NB) == 0) return file;
  close(file);
  return -1;
}

}  // namespace

std::string study_identity(const std::vector<Run>& runs) {
  nlohmann::ordered_json identity = {{"program_sha256", sha256_of(content_of("/proc/self/exe"))},
                                     {"runs", nlohmann::ordered_json::array()}};
  for (const Run& run : runs) {
    const DataSpec& data = run.scenario.workload.data;
    identity["runs"].push_back({{"repeat", run.repeat},
                                {"hostfile", run.hostfile},
                                {"data", {state_of(data.path), state_of(data.labels_path)}},
                                {"scenario", to_json(run.scenario)}});
  }
  return text_of(identity) + "\n";
}

bool can_go_on(const fs::path& study, const std::string& identity) {
  const fs::path mark = study / kUnfinishedMark;
  const int lock = try_to_lock(mark);
  if (lock < 0) return false;
  const bool is_same = content_of(mark) == identity;
  close(lock);
  return is_same;
}

UnfinishedStudy::UnfinishedStudy(const fs::path& study, const std::string& identity) : mark_(study / kUnfinishedMark) {
  if (!fs::exists(mark_)) write_whole_file(mark_, identity);
  lock_ = try_to_lock(mark_);
}

UnfinishedStudy::~UnfinishedStudy() {
  if (lock_ >= 0) close(lock_);
}

void UnfinishedStudy::finish() { fs::remove(mark_); }

}  // namespace tandem

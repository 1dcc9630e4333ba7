#include "app/launch/stopped_ranks.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>
#include <vector>

namespace tandem {
namespace {

namespace fs = std::filesystem;

std::string content_of(pid_t process, const char* name) {
  std::ifstream file(fs::path("/proc") / std::to_string(process) / name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// They are no children of this process, so the kernel tells nobody else.
std::vector<pid_t> stopped_children_of(pid_t parent) {
  std::vector<pid_t> stopped;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator("/proc", ignored)) {
    const pid_t process = std::atoi(entry.path().filename().c_str());
    if (process <= 0) continue;
    // "4711 (name) T 4700 ...": the name may hold anything.
    const std::string line = content_of(process, "stat");
    std::istringstream fields(line.substr(line.rfind(')') + 1));
    char state = 0;
    pid_t its_parent = 0;
    if (fields >> state >> its_parent && state == 'T' && its_parent == parent) stopped.push_back(process);
  }
  return stopped;
}

std::string name_of(pid_t process) {
  const std::string key = "OMPI_COMM_WORLD_RANK=";
  std::istringstream environment(content_of(process, "environ"));
  for (std::string entry; std::getline(environment, entry, '\0');) {
    if (entry.starts_with(key)) return "rank " + entry.substr(key.size());
  }
  return "a rank";
}

}  // namespace

std::string StoppedRanks::stopped_for(double limit_s) {
  std::map<pid_t, Clock::time_point> since;
  std::string longest;
  for (const pid_t process : stopped_children_of(mpirun_)) {
    const auto known = since_.find(process);
    since[process] = known == since_.end() ? Clock::now() : known->second;
    if (std::chrono::duration<double>(Clock::now() - since[process]).count() >= limit_s) longest = name_of(process);
  }
  since_ = std::move(since);
  return longest;
}

}  // namespace tandem

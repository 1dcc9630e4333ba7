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

struct RankProcess {
  pid_t process = 0;
  char state = 0;
};

/// Those that live. They are no children of this process, so the kernel tells nobody else.
std::vector<RankProcess> children_of(pid_t parent) {
  std::vector<RankProcess> children;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator("/proc", ignored)) {
    const pid_t process = std::atoi(entry.path().filename().c_str());
    if (process <= 0) continue;
    // "4711 (name) T 4700 ...": the name may hold anything.
    const std::string line = content_of(process, "stat");
    std::istringstream fields(line.substr(line.rfind(')') + 1));
    char state = 0;
    pid_t its_parent = 0;
    if (fields >> state >> its_parent && state != 'Z' && its_parent == parent) children.push_back({process, state});
  }
  return children;
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

void StoppedRanks::look() {
  std::map<pid_t, Clock::time_point> since;
  const std::vector<RankProcess> ranks = children_of(mpirun_);
  for (const RankProcess& rank : ranks) {
    if (rank.state != 'T') continue;
    const auto known = since_.find(rank.process);
    since[rank.process] = known == since_.end() ? Clock::now() : known->second;
  }
  since_ = std::move(since);
  if (!ranks.empty()) alone_since_.reset();
  if (ranks.empty() && !alone_since_) alone_since_ = Clock::now();
}

std::string StoppedRanks::stopped_for(double limit_s) const {
  for (const auto& [process, since] : since_) {
    if (has_been(since, limit_s)) return name_of(process);
  }
  return "";
}

bool StoppedRanks::none_for(double limit_s) const { return alone_since_ && has_been(*alone_since_, limit_s); }

bool StoppedRanks::has_been(Clock::time_point since, double limit_s) {
  return std::chrono::duration<double>(Clock::now() - since).count() >= limit_s;
}

}  // namespace tandem

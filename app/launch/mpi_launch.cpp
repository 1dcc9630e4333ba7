#include "app/launch/mpi_launch.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include "app/scenario/loader.h"
#include "app/store/whole_file.h"
#include "core/errors.h"

namespace tandem {
namespace {

constexpr const char* kOrderFile = "order.json";

std::filesystem::path this_program() { return std::filesystem::read_symlink("/proc/self/exe"); }

bool is_plain(const std::string& word) {
  return !word.empty() && word.find_first_of(" \t\n'\"\\$`*?;&|<>(){}[]#~!") == std::string::npos;
}

}  // namespace

std::vector<std::string> mpirun_line(int processes, const std::string& hostfile,
                                     const std::vector<std::string>& arguments) {
  // More ranks than cores are allowed: they must share them, so none is bound, and one that waits gives way.
  std::vector<std::string> line = {
      "mpirun", "-n", std::to_string(processes), "--oversubscribe", "--bind-to", "none", "--mca", "mpi_yield_when_idle",
      "1"};
  if (geteuid() == 0) line.emplace_back("--allow-run-as-root");
  if (!hostfile.empty()) line.insert(line.end(), {"--hostfile", std::filesystem::absolute(hostfile)});
  line.push_back(this_program());
  line.insert(line.end(), arguments.begin(), arguments.end());
  return line;
}

std::vector<std::string> mpirun_line(const Run& run) {
  return mpirun_line(ranks_of(run), run.hostfile, {"rank", std::filesystem::absolute(run.directory)});
}

std::string text_of_command(const std::vector<std::string>& line) {
  std::string text;
  for (const std::string& word : line) {
    if (!text.empty()) text += ' ';
    text += is_plain(word) ? word : fmt::format("'{}'", word);
  }
  return text;
}

void become(const std::vector<std::string>& line) {
  if (&kKnowsTheRankCommand == nullptr) {
    throw RunFailed("this program does not know the command that makes it a rank, so it cannot start an MPI job");
  }
  // hwloc's search for graphics cards asks X displays 0 to 9 of this host by name: 5 s each where no name server
  // answers.
  setenv("HWLOC_COMPONENTS", "-gl", /*overwrite=*/0);
  fmt::print(stderr, "{}\n", text_of_command(line));
  std::fflush(nullptr);
  std::vector<char*> words;
  for (const std::string& word : line) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  execvp(words[0], words.data());
  throw RunFailed(
      fmt::format("{} cannot be started: {} (get it with: apt install openmpi-bin)", line[0], std::strerror(errno)));
}

void write_order(const Run& run) {
  nlohmann::ordered_json json = {{"scenario", to_json(run.scenario)}, {"factors", run.factors}, {"repeat", run.repeat}};
  write_whole_file(run.directory / kOrderFile, json.dump(2) + "\n");
}

Prepared read_order(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / kOrderFile;
  std::ifstream file(path);
  if (!file) throw UsageError(fmt::format("{}: cannot be read on this host", path.string()));
  try {
    const auto json = nlohmann::ordered_json::parse(file);
    Prepared prepared = prepare(parse_plan(json.at("scenario").dump(2), path.string()));
    if (prepared.runs.size() != 1) throw UsageError(fmt::format("{}: is not the order of one run", path.string()));
    Run& run = prepared.runs.front();
    json.at("factors").get_to(run.factors);
    json.at("repeat").get_to(run.repeat);
    run.directory = directory;
    return prepared;
  } catch (const nlohmann::json::exception& error) {
    throw UsageError(fmt::format("{}: is not the order of a run: {}", path.string(), error.what()));
  }
}

}  // namespace tandem

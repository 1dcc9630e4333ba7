#include "tests/app/run/program.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace tandem {
namespace {

using Clock = std::chrono::steady_clock;
// As tests/CMakeLists.txt has it.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kPatience = 10;
#else
constexpr int kPatience = 1;
#endif
constexpr int kDeadlineMs = kPatience * 180'000;

bool becomes_readable(int descriptor) {
  pollfd entry{descriptor, POLLIN, 0};
  return poll(&entry, 1, kDeadlineMs) > 0;
}

// The fields of one line; quoted fields may hold commas and line breaks.
std::vector<std::string> next_record(std::istream& text) {
  std::vector<std::string> fields(1);
  bool is_quoted = false;
  for (char c; text.get(c) && (is_quoted || c != '\n');) {
    if (c == '"') {
      is_quoted = !is_quoted;
    } else if (c == ',' && !is_quoted) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  return fields;
}

}  // namespace

std::vector<std::string> entries_of(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(folder, missing))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::map<pid_t, pid_t> descendants_of(pid_t process) {
  std::map<pid_t, pid_t> parent_of, descendants;
  for (const std::string& name : entries_of("/proc")) {
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    // A stream's buffer would throw where the process goes while it is read.
    std::ifstream file("/proc/" + name + "/stat");
    std::string stat;
    std::getline(file, stat);
    // "pid (name) state parent ...": the name may hold anything.
    std::istringstream after_name(stat.substr(std::min(stat.rfind(')') + 1, stat.size())));
    char state = 'Z';
    pid_t parent = 0;
    after_name >> state >> parent;
    if (state != 'Z') parent_of[std::stoi(name)] = parent;
  }
  for (const auto& [child, parent] : parent_of) {
    pid_t ancestor = parent;
    while (ancestor != process && parent_of.contains(ancestor)) ancestor = parent_of[ancestor];
    if (ancestor == process) descendants[child] = parent;
  }
  return descendants;
}

std::string command_of(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/cmdline");
  std::string words, line;
  while (std::getline(file, line, '\0')) words += line + '\0';
  return words;
}

bool becomes_true(const std::function<bool()>& holds) {
  constexpr int kLookAgainMs = 2;
  const auto deadline = Clock::now() + std::chrono::milliseconds(kDeadlineMs);
  while (!holds()) {
    if (Clock::now() > deadline) return false;
    poll(nullptr, 0, kLookAgainMs);
  }
  return true;
}

Program::Program(const TemporaryFolder& folder, const std::vector<std::string>& arguments,
                 const std::vector<int>& closed, const std::string& output)
    : out_(folder.path() / (output + "out")), err_(folder.path() / (output + "err")) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("no pipe");
  alive_ = FileDescriptor(ends[0]);
  const FileDescriptor held(ends[1]);
  process_ = fork();
  if (process_ != 0) {
    setpgid(process_, process_);
    return;
  }
  setpgid(0, 0);
  close(ends[0]);
  if (chdir(folder.path().c_str()) != 0) _exit(126);
  dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
  dup2(open(out_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644), STDOUT_FILENO);
  dup2(open(err_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644), STDERR_FILENO);
  for (const int descriptor : closed) close(descriptor);
  std::vector<std::string> words = {TANDEM_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  execv(TANDEM_PROGRAM, argv.data());
  _exit(127);
}

Program::~Program() {
  for (const auto& [process, parent] : descendants_of(process_)) kill(process, SIGKILL);
  if (is_reaped_) return;
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

Ended Program::wait() {
  // The wrapper of glibc 2.36 cannot be linked from C++.
  const FileDescriptor end(static_cast<int>(syscall(SYS_pidfd_open, process_, 0)));
  if (!becomes_readable(end.get())) {
    ADD_FAILURE() << "tandem did not end; it said:\n" << content_of(err_);
    kill(process_, SIGKILL);
  }
  int status = 0;
  waitpid(process_, &status, 0);
  is_reaped_ = true;
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return {code, content_of(out_), content_of(err_)};
}

bool Program::everyone_has_gone() {
  char byte;
  return becomes_readable(alive_.get()) && read(alive_.get(), &byte, 1) == 0;
}

Ended run_program(const TemporaryFolder& folder, const std::vector<std::string>& arguments,
                  const std::vector<int>& closed) {
  Program program(folder, arguments, closed);
  return program.wait();
}

Table read_table(const std::filesystem::path& path) {
  std::istringstream text(content_of(path));
  const std::vector<std::string> names = next_record(text);
  Table table;
  while (text.peek() != std::istream::traits_type::eof()) {
    const std::vector<std::string> fields = next_record(text);
    if (fields.size() != names.size()) throw std::runtime_error("a ragged row in " + path.string());
    auto& row = table.emplace_back();
    for (std::size_t i = 0; i < names.size(); ++i) row[names[i]] = fields[i];
  }
  return table;
}

}  // namespace tandem

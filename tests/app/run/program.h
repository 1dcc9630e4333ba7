// The tandem program as a user starts it: arguments, output, signals, and what is left behind.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/process/file_descriptor.h"
#include "tests/temporary_folder.h"

namespace tandem {

/// Names of what is in a folder, sorted; empty when there is no such folder.
std::vector<std::string> entries_of(const std::filesystem::path& folder);

/// The process and what it started, each with its parent. A zombie is nobody.
std::map<pid_t, pid_t> descendants_of(pid_t process);

/// The words of a process's command line, a NUL after each; empty if the process has gone.
std::string command_of(pid_t process);

/// Looks again and again until `holds`; false when it did not within a deadline that is far beyond any honest run.
bool becomes_true(const std::function<bool()>& holds);

struct Ended {
  int code = -1;  ///< 128 + signal when a signal ended it
  std::string out, err;
};

class Program {
 public:
  /// Starts it in `folder` and in a process group of its own, as a shell does. `closed` are descriptors that it starts
  /// without. Two in one folder at once need names for their outputs.
  Program(const TemporaryFolder& folder, const std::vector<std::string>& arguments, const std::vector<int>& closed = {},
          const std::string& output = ".std");
  /// Kills what is left, so that a failing test leaves nothing behind either.
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  pid_t process() const { return process_; }
  /// Waits until it has ended; a program that does not is killed and fails the test.
  Ended wait();
  /// Waits until every process that it started, and all that those started, has gone.
  bool everyone_has_gone();

 private:
  std::filesystem::path out_, err_;
  FileDescriptor alive_;  ///< reading end of a pipe that every process of the program holds open
  pid_t process_ = -1;
  bool is_reaped_ = false;
};

/// Starts it, and waits for its end.
Ended run_program(const TemporaryFolder& folder, const std::vector<std::string>& arguments,
                  const std::vector<int>& closed = {});

/// A table with a header: one map from column to field for each row.
using Table = std::vector<std::map<std::string, std::string>>;
Table read_table(const std::filesystem::path& path);

}  // namespace tandem

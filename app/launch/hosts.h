// The hosts of `--hosts`: what they are called, how many ranks each has, and how ranks are started there.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "core/world.h"
#include "real/tcp/file_descriptor.h"

namespace tandem {

struct Host {
  std::string name;
  int ranks = 1;
};

/// "node1:4,node2:4"; a name alone has one rank. Throws UsageError.
std::vector<Host> parse_hosts(const std::string& text);

/// What a process that was started on a host reads from its standard input, until the first line break.
struct Summons {
  int process = 0, processes = 1;
  ProcessPlacement meeting;
  std::string file, text;  ///< the scenario, and what it was read from
  std::vector<std::string> overrides;
};

inline constexpr const char* kDefaultLauncher = "ssh -o BatchMode=yes -o ConnectTimeout=10 {host} {command}";

/// The words that start this program on a host. In `launcher`, {host} is the host's name and {command} is the command
/// as one word, quoted for a shell; without {command} its words are appended.
std::vector<std::string> launch_line(const std::string& launcher, const std::string& host);

/// Processes 1 and up of a run: those of the first host directly, those of the others by the launcher. Nothing secret
/// is on a command line. When this object or this process goes, their standard inputs end, and they with them.
class Launched {
 public:
  Launched(const std::vector<Host>& hosts, const std::string& launcher, Summons summons);

  /// Each is readable when a process has ended.
  std::vector<int> descriptors() const;
  /// Throws RunFailed naming the host of a process that has ended, and how.
  void look() const;

 private:
  struct Process {
    std::string host;
    int number = 0;
    pid_t pid = -1;
    tcp::FileDescriptor end, input;
  };
  void start(const std::string& host, const std::vector<std::string>& line, const Summons& summons);

  std::vector<Process> processes_;
};

/// Reads the summons of this process. To be called once.
Summons read_summons();

/// Forks: the child returns, the parent ends it when standard input ends, and ends as it does.
void end_with_standard_input();

}  // namespace tandem

// The hosts of `--hosts`: their names, their numbers of ranks, and how ranks are started on them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/launch/group_change.h"
#include "app/launch/run_order.h"
#include "core/process/child.h"

namespace tandem {

struct Host {
  std::string name;
  int ranks = 1;
};

/// "node1:4,node2:4"; a name alone has one rank. Slurm's "node[01-04,07]:4" are five hosts; an IPv6 number stands in
/// brackets. Throws UsageError.
std::vector<Host> parse_hosts(const std::string& text);

inline constexpr const char* kDefaultLauncher = "ssh -o BatchMode=yes -o ConnectTimeout=10 {host} {command}";

/// How many ranks they have.
int places_on(const std::vector<Host>& hosts);

/// The words that start `program` as a rank on a host. In `launcher`, {host} is the host's name and {command} is the
/// command as one word, quoted for a shell; without {command} its words are appended.
std::vector<std::string> launch_line(const std::filesystem::path& program, const std::string& launcher,
                                     const std::string& host);

/// The hosts when these processes are gone. The first host keeps process 0, which is this one.
std::vector<Host> without(std::vector<Host> hosts, const std::vector<int>& gone);
/// The hosts after these changes, one after the other.
std::vector<Host> after_changes(std::vector<Host> hosts, const std::vector<GroupChange>& changes);

/// Processes 1 and up of a run: those of the first host are started directly, those of the others by the launcher. No
/// secret is on a command line. When this object is destroyed or this process ends, the processes' standard inputs
/// close, and they end; one that does not, because it is stopped, is killed.
class HostProcesses {
 public:
  HostProcesses(const std::vector<Host>& hosts, const std::filesystem::path& program, const std::string& launcher,
                RunOrder order);
  ~HostProcesses();
  HostProcesses(const HostProcesses&) = delete;
  HostProcesses& operator=(const HostProcesses&) = delete;

  /// Each becomes readable when its process has ended.
  std::vector<int> descriptors() const;
  /// Throws RankLost if a process has ended, naming its host and how it ended.
  void require_all_running();

 private:
  struct HostProcess {
    std::string host;
    int number = 0;
    Child child;
    FileDescriptor input;
  };
  void start(const std::string& host, const std::vector<std::string>& line, const RunOrder& order);

  std::vector<HostProcess> processes_;
};

/// Runs `work` in a child process, which is killed when standard input closes. Returns the exit code that `work`
/// returned.
int run_until_input_ends(const std::function<int()>& work);

}  // namespace tandem

#include "app/commands/doctor.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "algorithms/data/loaders.h"
#include "app/launch/child.h"
#include "app/launch/mpi_launch.h"
#include "app/store/provenance.h"
#include "app/worlds.h"
#include "core/comm.h"
#include "core/units.h"

namespace tandem {
namespace {

constexpr double kProbeTimeout_s = 10;

/// What is wrong; empty when nothing is.
using Trouble = std::string;

void print_check(std::string_view what, const Trouble& trouble) {
  fmt::print("  {:<28} {}\n", what, trouble.empty() ? "ok" : trouble);
}

/// In a process of its own, as runs are: a crash is an answer too, and a world may leave threads behind.
Trouble try_world(const World& world) {
  const std::filesystem::path log =
      std::filesystem::temp_directory_path() / fmt::format("tandem-doctor-{}-{}.log", getpid(), world.name);
  const auto try_it = [&world] {
    if (world.name == "mpi") become(mpirun_line(2, "", {"rank"}));
    exchange_a_message(world);
  };
  const pid_t child = start_child(try_it, log);
  const ChildEnd end = wait_for_child(2 * kProbeTimeout_s);
  if (end.pid == 0) kill_child(child);
  std::ostringstream said;
  said << std::ifstream(log).rdbuf();
  std::error_code ignored;
  std::filesystem::remove(log, ignored);
  if (end.pid == 0) return fmt::format("no answer within {}", format_quantity(2 * kProbeTimeout_s, Dimension::time));
  return end.trouble.empty() || said.str().empty() ? end.trouble : said.str();
}

Trouble try_loopback() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0) return fmt::format("no sockets: {}", std::strerror(errno));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool is_open =
      bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 && listen(listener, 1) == 0;
  const int error = errno;
  close(listener);
  return is_open ? Trouble() : fmt::format("127.0.0.1 cannot be listened on: {}", std::strerror(error));
}

Trouble try_data_set() {
  std::error_code error;
  if (std::filesystem::is_directory(kFashionMnistDirectory, error)) return {};
  return "missing; get it with: apt install dataset-fashion-mnist";
}

/// "gnuplot 5.4 patchlevel 4"; empty when there is none.
std::string gnuplot_version() {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen("gnuplot --version 2>/dev/null", "r"), pclose);
  char line[100] = {};
  if (pipe == nullptr || std::fgets(line, sizeof(line), pipe.get()) == nullptr) return {};
  const std::string version = line;
  return version.substr(0, version.find('\n'));
}

std::string memory() {
  const double bytes = static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE));
  return format_quantity(bytes, Dimension::bytes, 3);
}

void print_versions(const std::string& gnuplot) {
  fmt::print("versions and machine\n");
  const nlohmann::ordered_json known = provenance();
  for (const auto& [name, value] : known.items()) {
    fmt::print("  {:<28} {}\n", name, value.is_string() ? value.get<std::string>() : value.dump());
  }
  fmt::print("  {:<28} {}\n", "memory", memory());
  fmt::print("  {:<28} {}\n", "gnuplot", gnuplot.empty() ? "none" : gnuplot);
}

}  // namespace

void exchange_a_message(const World& world) {
  const WorldOptions options{.ranks = 2, .timeout_s = kProbeTimeout_s};
  try {
    world.run(options, [](Endpoint& endpoint) {
      Comm comm(endpoint, {.timeout_s = kProbeTimeout_s});
      const Buffer value = comm.make_buffer(1);
      if (comm.rank() == 0) comm.send(1, 0, value);
      if (comm.rank() == 1) comm.recv(0, 0, value);
    });
  } catch (const std::exception& error) {
    fmt::print("{}", error.what());
    std::fflush(stdout);
    _exit(1);
  }
}

int doctor_command() {
  const std::string gnuplot = gnuplot_version();
  print_versions(gnuplot);
  fmt::print("worlds: two ranks, one message\n");
  bool all_run = true;
  for (const World* world : worlds()) {
    const Trouble trouble = try_world(*world);
    all_run = all_run && trouble.empty();
    print_check(world->name, trouble);
  }
  if (find_world("mpi") == nullptr) print_check("mpi", "not in this build");
  fmt::print("what scenarios may need\n");
  print_check("a port on 127.0.0.1", try_loopback());
  print_check("data set fashion-mnist", try_data_set());
  print_check("gnuplot, for figures", gnuplot.empty() ? "missing; get it with: apt install gnuplot-nox" : "");
  return all_run ? 0 : 1;
}

}  // namespace tandem

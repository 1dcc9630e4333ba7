#include "app/commands/doctor.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>

#include "algorithms/data/loaders.h"
#include "app/run/emulation.h"
#include "app/store/provenance.h"
#include "app/worlds/worlds.h"
#include "core/comm.h"
#include "core/process/child.h"
#include "core/process/program.h"
#include "core/units.h"

namespace tandem {
namespace {

constexpr double kProbeTimeout_s = 10;

/// The error; empty when there is none.
using Trouble = std::string;

void print_check(std::string_view what, const Trouble& trouble) {
  fmt::print("  {:<28} {}\n", what, trouble.empty() ? "ok" : trouble);
}

/// Tries the world in a process of its own, as runs are: the world may crash, or leave threads behind.
Trouble try_world(const World& world, const Mpirun& mpirun) {
  // Its output is read after it has ended: it is short and fits into the pipe.
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return fmt::format("no pipe: {}", std::strerror(errno));
  const FileDescriptor reading(ends[0]);
  FileDescriptor writing(ends[1]);
  Child child = fork_child({.leads_group = true, .output = writing.get(), .errors = writing.get()}, [&] {
    if (world.started_by == StartedBy::launcher) return run_mpirun(mpirun, 2, {"rank"}, kProbeTimeout_s).code;
    exchange_a_message(world);
    return 0;
  });
  writing.reset();
  const double limit_s = 2 * kProbeTimeout_s;
  if (!wait_until_readable(std::array{child.descriptor()}, limit_s)) {
    child.end(/*grace_s=*/2);
    return fmt::format("no answer within {}", format_quantity(limit_s, Dimension::time));
  }
  const ProcessEnd end = child.wait();
  char said[4096];
  const ssize_t length = end.is_success() ? 0 : read(reading.get(), said, sizeof said);
  return length > 0 ? std::string(said, static_cast<std::size_t>(length)) : end.text();
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

/// Links are made and removed again, in the world that can emulate them.
Trouble try_emulated_links() {
  Cluster cluster;
  cluster.emulate = true;
  for (const World* world : all_worlds()) {
    if (world->honours(Feature::emulated_links)) return world->refusal(emulated_cluster(cluster, 1), 1).value_or("");
  }
  return "no world of this build has them";
}

/// "gnuplot 5.4 patchlevel 4"; empty when there is none.
std::string gnuplot_version() {
  try {
    const std::string version = run_program({"gnuplot", "--version"}).output;
    return version.substr(0, version.find('\n'));
  } catch (const std::system_error&) {
    return {};
  }
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

int doctor_command(const Mpirun& mpirun) {
  const std::string gnuplot = gnuplot_version();
  print_versions(gnuplot);
  fmt::print("worlds: two ranks, one message\n");
  bool all_run = true;
  for (const World* world : all_worlds()) {
    const Trouble trouble = world->is_in_this_build() ? try_world(*world, mpirun) : "not in this build";
    all_run = all_run && (trouble.empty() || !world->is_in_this_build());
    print_check(world->name, trouble);
  }
  fmt::print("what scenarios may need\n");
  print_check("a port on 127.0.0.1", try_loopback());
  print_check("emulated links", try_emulated_links());
  print_check("data set fashion-mnist", try_data_set());
  print_check("gnuplot, for figures", gnuplot.empty() ? "missing; get it with: apt install gnuplot-nox" : "");
  return all_run ? 0 : 1;
}

}  // namespace tandem

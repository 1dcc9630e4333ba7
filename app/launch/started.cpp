#include "app/launch/started.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string_view>

#include "core/errors.h"

namespace tandem {
namespace {

struct Names {
  const char *process, *processes;
  bool is_mpi;
  const char* only_with = nullptr;  ///< where this one is not set, another program has set the names
};

// A batch script that srun did not start has Slurm's names, too, but not those of a step.
constexpr Names kNames[] = {{"RANK", "WORLD_SIZE", false},
                            {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", true},
                            {"PMI_RANK", "PMI_SIZE", true},
                            {"SLURM_PROCID", "SLURM_NTASKS", true, "SLURM_STEP_ID"}};
constexpr std::size_t kShortestSecret = 16;

int number_in(const char* name, std::string_view text, int least, int most) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.begin(), text.end(), number);
  if (error == std::errc() && end == text.end() && number >= least && number <= most) return number;
  throw UsageError(fmt::format("{}={} in the environment: must be a number from {} to {}", name, text, least, most));
}

std::string needed(const char* name, const char* what) {
  const char* text = std::getenv(name);
  if (text != nullptr && *text != '\0') return text;
  throw UsageError(fmt::format("{} is not set in the environment: {}", name, what));
}

std::string secret_text() {
  const char* name = std::getenv("TANDEM_TOKEN_FILE");
  if (name == nullptr) {
    return needed("TANDEM_TOKEN",
                  "ranks that start apart prove by a secret that they belong together. Give the same to all: "
                  "TANDEM_TOKEN=$(openssl rand -hex 16), or TANDEM_TOKEN_FILE=a file that only you can read");
  }
  std::ifstream file(name, std::ios::binary);
  if (!file) throw UsageError(fmt::format("TANDEM_TOKEN_FILE={}: cannot be read", name));
  std::string text{std::istreambuf_iterator<char>(file), {}};
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace

std::optional<StartedAs> started_as() {
  std::optional<StartedAs> found;
  constexpr int kMost = 1 << 20;
  for (const Names& names : kNames) {
    if (names.only_with != nullptr && std::getenv(names.only_with) == nullptr) continue;
    const char* process = std::getenv(names.process);
    const char* processes = std::getenv(names.processes);
    if (process == nullptr && processes == nullptr) continue;
    if (process == nullptr || processes == nullptr) {
      throw UsageError(fmt::format("{} is set in the environment, but {} is not: a launcher sets both",
                                   process != nullptr ? names.process : names.processes,
                                   process != nullptr ? names.processes : names.process));
    }
    StartedAs started{.processes = number_in(names.processes, processes, 1, kMost),
                      .by_mpi = names.is_mpi,
                      .names = fmt::format("{}={}, {}={}", names.process, process, names.processes, processes)};
    started.process = number_in(names.process, process, 0, started.processes - 1);
    if (!found) {
      found = started;
    } else if (found->process != started.process || found->processes != started.processes) {
      throw UsageError(fmt::format("the environment contradicts itself: {}, but {}", found->names, started.names));
    } else {
      found->by_mpi |= started.by_mpi;
    }
  }
  return found;
}

void require_alone(const std::string& command, bool or_by_mpi) {
  const std::optional<StartedAs> started = started_as();
  if (!started || started->processes == 1 || (started->by_mpi && !or_by_mpi)) return;
  throw UsageError(
      fmt::format("{} starts its ranks itself, on this host, but this is process {} of {} ({}); only `run` "
                  "joins processes that were started apart",
                  command, started->process, started->processes, started->names));
}

ProcessPlacement rendezvous_from_environment() {
  constexpr int kLastPort = 65535;
  ProcessPlacement placement;
  placement.address = needed("MASTER_ADDR", "the host of process 0, by a name or number that all others reach it by");
  const std::string port = needed("MASTER_PORT", "a free port on the host of process 0");
  placement.port = static_cast<std::uint16_t>(number_in("MASTER_PORT", port, 1, kLastPort));
  const std::string secret = secret_text();
  if (secret.size() < kShortestSecret) {
    throw UsageError(
        fmt::format("the secret of the run has {} characters: it needs {} at least", secret.size(), kShortestSecret));
  }
  unsigned length = 0;
  EVP_Digest(secret.data(), secret.size(), placement.secret.data(), &length, EVP_sha256(), nullptr);
  return placement;
}

}  // namespace tandem

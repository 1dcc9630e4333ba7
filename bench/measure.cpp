#include "bench/measure.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

namespace tandem::bench {
namespace {

double in_a_process(const std::function<void(double& result)>& measure) {
  void* page = mmap(nullptr, sizeof(double), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* result = static_cast<double*>(page);
  std::fflush(nullptr);
  const pid_t pid = fork();
  if (pid == 0) {
    try {
      measure(*result);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
      _exit(1);
    }
    _exit(0);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  const double measured = *result;
  munmap(page, sizeof(double));
  if (status != 0) throw RunFailed("the measured process failed");
  return measured;
}

}  // namespace

double on_rank_0(const World& world, const WorldOptions& options, const Timed& timed) {
  return in_a_process([&](double& result) {
    world.run(options, [&](Endpoint& endpoint) {
      Comm comm(endpoint, {.payload = options.payload, .timeout_s = kNoDeadline});
      const double seconds = timed(comm);
      if (comm.rank() == 0) result = seconds;
    });
  });
}

double whole_run_s(const World& world, const WorldOptions& options, const std::function<void(Comm&)>& body) {
  return in_a_process([&](double& result) {
    const auto start = std::chrono::steady_clock::now();
    world.run(options, [&](Endpoint& endpoint) {
      Comm comm(endpoint, {.payload = options.payload, .timeout_s = kNoDeadline, .noise = options.cluster.noise});
      body(comm);
    });
    result = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  });
}

}  // namespace tandem::bench

#include "bench/measure.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace tandem::bench {
namespace {

template <class Result>
Result in_a_process(const std::function<void(Result& result)>& measure) {
  void* page = mmap(nullptr, sizeof(Result), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* result = new (page) Result();
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
  const Result measured = *result;
  munmap(page, sizeof(Result));
  if (status != 0) throw RunFailed("the measured process failed");
  return measured;
}

}  // namespace

double on_rank_0(const World& world, const WorldOptions& options, const Timed& timed) {
  return in_a_process<double>([&](double& result) {
    world.run(options, [&](Endpoint& endpoint) {
      Comm comm(endpoint, {.payload = options.payload, .timeout_s = kNoDeadline});
      const double seconds = timed(comm);
      if (comm.rank() == 0) result = seconds;
    });
  });
}

RunCosts whole_run(const World& world, const WorldOptions& options, const std::function<void(Comm&)>& body) {
  return in_a_process<RunCosts>([&](RunCosts& costs) {
    const auto start = std::chrono::steady_clock::now();
    world.run(options, [&](Endpoint& endpoint) {
      Comm comm(endpoint, {.payload = options.payload,
                           .timeout_s = kNoDeadline,
                           .noise = options.cluster.noise,
                           .nodes = options.cluster.nodes()});
      body(comm);
      costs.simulated_s = std::max(costs.simulated_s, comm.now());
    });
    costs.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    };
    costs.processor_s = seconds(used.ru_utime) + seconds(used.ru_stime);
    costs.peak_bytes = 1024.0 * static_cast<double>(used.ru_maxrss);
  });
}

double whole_run_s(const World& world, const WorldOptions& options, const std::function<void(Comm&)>& body) {
  return whole_run(world, options, body).wall_s;
}

}  // namespace tandem::bench

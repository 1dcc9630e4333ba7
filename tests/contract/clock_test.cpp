// The clock, sleeping and computing.
#include <fmt/format.h>

#include "tests/contract/harness.h"

namespace tandem::contract {
namespace {

// 2e7 flops at 1 Gflop/s are 20 ms, on a simulated host and on an emulated one.
constexpr Work kWork{.flops = 2e7};
constexpr double kWork_s = 0.02;
constexpr double kRounding_s = 1e-9;

WorldOptions emulated(int ranks) {
  WorldOptions options{.ranks = ranks, .timeout_s = 20};
  options.cluster.workers = ranks;
  options.cluster.speed_flops_per_s = 1e9;
  options.cluster.emulate_speed = true;
  return options;
}

double seconds_of(Comm& comm, const std::function<void()>& action) {
  const double start_s = comm.now();
  action();
  return comm.now() - start_s;
}

// What a real world takes beyond what it was asked for is its scheduler's affair; simulated time is exact.
void require_duration(const World& world, double actual_s, double expected_s, const std::string& what) {
  const bool in_time = world.clock == "wall" ? actual_s < expected_s + 5 : actual_s < expected_s + kRounding_s;
  require(actual_s >= expected_s - kRounding_s && in_time,
          fmt::format("{} took {} s, expected {} s", what, actual_s, expected_s));
}

TEST_P(EachSize, TheClockStartsNearZeroAndNeverGoesBack) {
  run(world(), ranks(), [](Comm& comm) {
    double last_s = comm.now();
    require(last_s >= 0 && last_s < 10, fmt::format("the clock starts at {} s", last_s));
    for (int i = 0; i < 1000; ++i) {
      const double now_s = comm.now();
      require(now_s >= last_s, fmt::format("from {} s back to {} s", last_s, now_s));
      last_s = now_s;
    }
  });
}

TEST_P(EachWorld, SleepingEndsAtItsTimeAndThePastDoesNotSleep) {
  run(world(), 2, [&world = world()](Comm& comm) {
    const double until_s = comm.now() + 0.02;
    comm.sleep_until(until_s);
    require_duration(world, comm.now() - until_s, 0, "oversleeping");
    require_duration(world, seconds_of(comm, [&] { comm.sleep_until(0); }), 0, "sleeping until the past");
  });
}

TEST_P(EachSize, ComputingRunsItsBodyOnce) {
  run(world(), ranks(), [](Comm& comm) {
    int calls = 0;
    comm.compute({.flops = 1}, [&] { ++calls; });
    comm.compute({}, [&] { ++calls; });
    require_equal(calls, 2, "calls of the body");
  });
}

TEST_P(EachWorld, AStatedSpeedIsHonoured) {
  WorldOptions options = emulated(2);
  options.cluster.memory_bandwidth_bytes_per_s = 1e9;
  run(world(), options, [&world = world()](Comm& comm) {
    const double start_s = comm.now();
    comm.compute(kWork, [] {});
    require_duration(world, comm.now() - start_s, kWork_s, "arithmetic");
    comm.compute({.memory_bytes = 1e7}, [] {});
    // From the start: a real world may make up for what the first was too long.
    require_duration(world, comm.now() - start_s, kWork_s + 0.01, "arithmetic, then moving memory");
  });
}

TEST_P(EachWorld, ASlowdownStretchesWhatLiesInItsWindow) {
  WorldOptions options = emulated(2);
  options.cluster.slowdowns = {{.ranks = 1, .factor = 3, .until_s = 1000}};
  run(world(), options, [&world = world()](Comm& comm) {
    const double expected_s = comm.rank() == 1 ? 3 * kWork_s : kWork_s;
    require_duration(world, seconds_of(comm, [&] { comm.compute(kWork, [] {}); }), expected_s, "slowed arithmetic");
  });
}

TEST_P(EachWorld, ADelayComesOnTopAndASlowdownStretchesIt) {
  WorldOptions options = emulated(2);
  options.cluster.slowdowns = {{.ranks = 1, .factor = 2}};
  run(world(), options, [&world = world()](Comm& comm) {
    const Work delayed{.flops = kWork.flops, .delay_s = kWork_s / 2};
    const double expected_s = 1.5 * kWork_s * (comm.rank() == 1 ? 2 : 1);
    require_duration(world, seconds_of(comm, [&] { comm.compute(delayed, [] {}); }), expected_s, "delayed arithmetic");
  });
}

}  // namespace
}  // namespace tandem::contract

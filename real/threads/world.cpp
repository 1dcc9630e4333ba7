#include "real/threads/world.h"

#include <fmt/format.h>

#include <system_error>
#include <thread>
#include <vector>

#include "core/errors.h"
#include "core/rank_died.h"
#include "real/threads/endpoint.h"

namespace tandem {
namespace {

void run_rank(threads::Run& run, int rank, const RankBody& body) {
  std::string error;
  bool has_died = false;
  threads::Stack& stack = run.acquire_stack();
  try {
    threads::ThreadEndpoint endpoint(run, stack, rank);
    body(endpoint);
  } catch (const RankDied&) {
    has_died = true;
  } catch (const std::exception& failure) {
    error = failure.what();
    if (error.empty()) error = "an error without a text";
  }
  run.release_stack(stack);
  has_died ? run.lose_rank(rank) : run.end_rank(rank, error);
}

WorldReport run_threads(const WorldOptions& options, const RankBody& body) {
  if (options.ranks < 1) throw UsageError(fmt::format("{} ranks: a run needs at least one", options.ranks));
  if (options.payload == Payload::phantom) {
    throw UsageError("the threads world carries real values; sizes only (a phantom payload) run in the sim world");
  }
  threads::Run run(options);
  std::vector<std::thread> ranks;
  for (int rank = 0; rank < options.ranks; ++rank) {
    try {
      ranks.emplace_back([&run, rank, &body] { run_rank(run, rank, body); });
    } catch (const std::system_error& failure) {
      run.end_rank(rank, fmt::format("could not start its thread: {}", failure.what()));
    }
  }
  for (std::thread& rank : ranks) rank.join();
  if (!run.first_error().empty()) throw RunFailed(run.first_error());
  return {};
}

}  // namespace

const World kThreadsWorld = {
    .name = "threads",
    .doc = "ranks are threads of this process: real arithmetic, nothing to set up",
    .clock = "wall",
    .run = run_threads,
};

}  // namespace tandem

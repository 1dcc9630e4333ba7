#include "real/mpi/world.h"

#include <fmt/format.h>

#include "core/errors.h"
#include "core/waited_in_vain.h"
#include "real/engine_endpoint.h"
#include "real/mpi/engine.h"
#include "real/mpi/job.h"

namespace tandem {
namespace {

using mpi::Ending;

// An exception that is no std::exception ends the process, and with it the job.
Ending run_rank(mpi::MpiEngine& engine, const WorldOptions& options, const RankBody& body) {
  try {
    real::EngineEndpoint endpoint(engine, options.cluster);
    body(endpoint);
    return {};
  } catch (const PeerFailed& error) {
    return {Ending::Kind::peer_failed, engine.now(), error.what()};
  } catch (const DeadlineExceeded& error) {
    return {Ending::Kind::waited, engine.now(), error.what()};
  } catch (const std::exception& error) {
    return {Ending::Kind::failed, engine.now(), error.what()};
  }
}

WorldReport run_mpi(const WorldOptions& options, const RankBody& body) {
  if (options.ranks < 1) throw UsageError(fmt::format("{} ranks: a run needs at least one", options.ranks));
  if (options.payload == Payload::phantom) {
    throw UsageError("the mpi world carries real values; sizes only (a phantom payload) run in the sim world");
  }
  mpi::join_job(options.timeout_s);
  if (options.ranks > mpi::process_count()) {
    throw UsageError(fmt::format("the mpi world needs one process per rank: {} ranks, but {} MPI process{}",
                                 options.ranks, mpi::process_count(), mpi::process_count() == 1 ? "" : "es"));
  }
  mpi::wait_for_all(options.timeout_s);
  Ending ending;
  {
    const mpi::Group group(options.ranks);
    if (group.has_this_process()) {
      mpi::MpiEngine engine(group.communicator(), options);
      ending = engine.finish(run_rank(engine, options, body));
    }
  }
  // The processes without a rank wait here for the end of the run.
  const bool has_failed = ending.kind == Ending::Kind::failed;
  const std::string failure = mpi::first_error(has_failed ? ending.cause : "", options.timeout_s);
  if (!failure.empty()) throw RunFailed(failure);
  const std::string consequence = mpi::first_error(ending.cause, options.timeout_s);
  if (!consequence.empty()) throw WaitedInVain(consequence);
  return {};
}

}  // namespace

const World kMpiWorld = mpi::world_that_runs(run_mpi);

}  // namespace tandem

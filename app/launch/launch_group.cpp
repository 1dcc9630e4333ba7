#include "app/launch/launch_group.h"

#include <fmt/format.h>

#include <memory>

#include "core/errors.h"
#include "real/mpi/world.h"
#include "real/tcp/world.h"

namespace tandem {

LaunchGroup join_mpi_job(double timeout_s) {
  const mpi::Place place = mpi::place(timeout_s);
  return {.world = &kMpiWorld,
          .process = place.process,
          .processes = place.processes,
          .first_error = [timeout_s](const std::string& mine) { return mpi::first_error(mine, timeout_s); }};
}

LaunchGroup join_tcp_group(const StartedAs& started, const ProcessPlacement& placement, const std::string& listen,
                           double timeout_s, const tcp::Watch& watch) {
  const std::string everywhere = tcp::is_loopback(placement.address) ? placement.address : "0.0.0.0";
  const tcp::RendezvousOptions rendezvous{
      .listen = listen.empty() ? everywhere : listen,
      .port = placement.port,
      .size = started.processes,
      .timeout_s = timeout_s,
      .report = [](const std::string& text) { fmt::print(stderr, "tandem: {}\n", text); }};
  auto members =
      std::make_shared<tcp::ProcessGroup>(started.process, rendezvous, placement.address, placement.secret, watch);
  const auto place = [=, process = started.process](int ranks) {
    GroupPlace here{.placement = placement, .listen = rendezvous.listen};
    here.placement.first_rank = process;
    here.placement.ranks = process < ranks ? 1 : 0;
    return here;
  };
  return {.world = &kTcpWorld,
          .process = started.process,
          .processes = started.processes,
          .first_error = [members](const std::string& mine) { return members->first_error(mine); },
          .place = place};
}

void in_agreement(const LaunchGroup& group, const std::function<void()>& work) {
  std::string error;
  try {
    work();
  } catch (const std::exception& failure) {
    error = failure.what();
  }
  error = group.first_error(error);
  if (!error.empty()) throw UsageError(error);
}

}  // namespace tandem

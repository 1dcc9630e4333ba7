#include "app/launch/launch_group.h"

#include <fmt/format.h>

#include <memory>

#include "core/errors.h"
#include "real/mpi/world.h"
#include "real/tcp/world.h"

namespace tandem {

LaunchGroup join_mpi_job() {
  const mpi::Place place = mpi::place();
  return {
      .world = &kMpiWorld, .process = place.process, .processes = place.processes, .first_trouble = mpi::first_trouble};
}

LaunchGroup meet_over_tcp(const StartedAs& started, const ProcessPlacement& meeting, const std::string& listen,
                          double timeout_s, const tcp::Watch& watch) {
  const std::string everywhere = tcp::is_loopback(meeting.address) ? meeting.address : "0.0.0.0";
  const tcp::RendezvousOptions rendezvous{
      .listen = listen.empty() ? everywhere : listen,
      .port = meeting.port,
      .size = started.processes,
      .timeout_s = timeout_s,
      .say = [](const std::string& text) { fmt::print(stderr, "tandem: {}\n", text); }};
  auto company = std::make_shared<tcp::Company>(started.process, rendezvous, meeting.address, meeting.secret, watch);
  const auto place = [=, process = started.process](int ranks) {
    GroupPlace here{.placement = meeting, .listen = rendezvous.listen};
    here.placement.first_rank = process;
    here.placement.ranks = process < ranks ? 1 : 0;
    return here;
  };
  return {.world = &kTcpWorld,
          .process = started.process,
          .processes = started.processes,
          .first_trouble = [company](const std::string& mine) { return company->first_trouble(mine); },
          .place = place};
}

void in_agreement(const LaunchGroup& group, const std::function<void()>& work) {
  std::string trouble;
  try {
    work();
  } catch (const std::exception& error) {
    trouble = error.what();
  }
  trouble = group.first_trouble(trouble);
  if (!trouble.empty()) throw UsageError(trouble);
}

}  // namespace tandem

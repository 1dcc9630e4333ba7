#include "algorithms/exchanges/server_options.h"

#include "core/config/options.h"

namespace tandem::parameter_server {
namespace {

Type<Placement> placement_type() {
  return choice<Placement>(
      {{"dedicated", Placement::dedicated}, {"colocated", Placement::colocated}, {"mixed", Placement::mixed}});
}

Type<Shards> shards_type() {
  return choice<Shards>({{"even", Shards::even}, {"round-robin", Shards::round_robin}, {"emptiest", Shards::emptiest}});
}

std::string label_of(const ServerOptions& options) {
  std::string label = options.servers == 1 ? "" : fmt::format("x{}", options.servers);
  const auto add = [&](const std::string& word) { label += label.empty() ? word : " " + word; };
  if (options.placement != Placement::dedicated) add(placement_type().write(options.placement).get<std::string>());
  if (options.shards != Shards::even) add(shards_type().write(options.shards).get<std::string>());
  return label;
}

}  // namespace

const ServerOptions& server_options_of(const Job& job) { return job.strategy.get<ServerOptions>(); }

OptionTable server_options() {
  using S = ServerOptions;
  return option_table<S>(
      Mapping<S>()
          .key("servers", &S::servers, whole<int>(between(1, kMostRanks)),
               "parameter servers, over which the parameters are sharded; not counted in cluster.workers")
          .key("placement", &S::placement, placement_type(),
               "servers on hosts of their own, on the workers' hosts, or so many on their own besides one per worker")
          .key(
              "shards", &S::shards, shards_type(),
              "what a server holds: an equal part of all values, or whole tensors, in turns or as the emptiest server"),
      +[](const S& options) { return label_of(options); });
}

}  // namespace tandem::parameter_server

#include "algorithms/exchanges/server_shards.h"

#include <algorithm>

#include "algorithms/exchanges/buckets.h"
#include "core/config/options.h"

namespace tandem::parameter_server {
namespace {

Type<Shards> shards_type() {
  return choice<Shards>({{"even", Shards::even}, {"round-robin", Shards::round_robin}, {"emptiest", Shards::emptiest}});
}

Range intersection(Range one, Range other) {
  const std::size_t begin = std::max(one.begin, other.begin);
  return {begin, std::max(begin, std::min(one.end, other.end))};
}

/// Parameters that one server holds.
struct Piece {
  int server;
  Range range;
};

std::vector<Piece> even_pieces(const Job& job) {
  std::vector<Piece> pieces;
  for (int server = 0; server < server_options_of(job).servers; ++server) {
    pieces.push_back({server, even_part(job.model.parameters, static_cast<std::size_t>(server_options_of(job).servers),
                                        static_cast<std::size_t>(server))});
  }
  return pieces;
}

/// Every tensor, weights or biases of a layer, on one server; a profile's layer is one. A server without any has an
/// empty piece.
std::vector<Piece> tensor_pieces(const Job& job) {
  std::vector<Piece> pieces;
  std::vector<std::size_t> held(static_cast<std::size_t>(server_options_of(job).servers), 0);
  std::size_t turn = 0;
  const auto place = [&](Range tensor) {
    if (tensor.size() == 0) return;
    const auto emptiest = static_cast<std::size_t>(std::min_element(held.begin(), held.end()) - held.begin());
    const std::size_t server = server_options_of(job).shards == Shards::emptiest ? emptiest : turn++ % held.size();
    held[server] += tensor.size();
    pieces.push_back({static_cast<int>(server), tensor});
  };
  for (const Layer& layer : job.model.layers) {
    const std::size_t end = layer.offset + layer.parameters, weights = layer.inputs * layer.outputs;
    const bool is_dense = weights + layer.outputs == layer.parameters;
    const std::size_t biases = is_dense ? layer.offset + weights : end;
    place({layer.offset, biases});
    place({biases, end});
  }
  for (std::size_t server = 0; server < held.size(); ++server) {
    if (held[server] == 0) pieces.push_back({static_cast<int>(server), {}});
  }
  return pieces;
}

}  // namespace

const ServerOptions& server_options_of(const Job& job) { return job.strategy.get<ServerOptions>(); }

OptionTable server_options() {
  using S = ServerOptions;
  return option_table<S>(
      Mapping<S>()
          .key("servers", &S::servers, whole<int>(between(1, kMostRanks)),
               "parameter servers, over which the parameters are sharded; not counted in cluster.workers")
          .key("placement", &S::placement,
               choice<Placement>({{"dedicated", Placement::dedicated}, {"colocated", Placement::colocated}}),
               "servers on hosts of their own, or on the workers' hosts")
          .key(
              "shards", &S::shards, shards_type(),
              "what a server holds: an equal part of all values, or whole tensors, in turns or as the emptiest server"),
      +[](const S& options) {
        std::string label = options.servers == 1 ? "" : fmt::format("x{}", options.servers);
        if (options.placement == Placement::colocated) label += label.empty() ? "colocated" : " colocated";
        if (options.shards != Shards::even)
          label += fmt::format(" {}", shards_type().write(options.shards).get<std::string>());
        return label.starts_with(' ') ? label.substr(1) : label;
      });
}

std::vector<Shard> shards_of(const Job& job) {
  const std::vector<Range> buckets = plan_buckets(job.model, job.strategy.get<LoopOptions>());
  const std::vector<Piece> pieces =
      server_options_of(job).shards == Shards::even ? even_pieces(job) : tensor_pieces(job);
  std::vector<Shard> shards;
  std::vector<int> held(static_cast<std::size_t>(server_options_of(job).servers), 0);  // by each server
  for (std::size_t bucket = 0; bucket < buckets.size(); ++bucket) {
    for (const Piece& piece : pieces) {
      const Range range = intersection(job.model.parameter_range(buckets[bucket]), piece.range);
      const bool holds_none = piece.range.size() == 0 && bucket == 0;  // it must still hear when training ends
      if (range.size() == 0 && !holds_none) continue;
      shards.push_back({piece.server, bucket, range, 1 + 2 * held[static_cast<std::size_t>(piece.server)]++});
    }
  }
  return shards;
}

std::vector<Shard> shards_of(const Job& job, int server) {
  std::vector<Shard> shards = shards_of(job);
  std::erase_if(shards, [&](const Shard& shard) { return shard.server != server; });
  return shards;
}

OptionTable aggregate_option() {
  return option_table<AggregateOption>(
      Mapping<AggregateOption>().key("aggregate", &AggregateOption::aggregate, flag(),
                                     "a node's workers sum their gradients before the first of them pushes"),
      +[](const AggregateOption& option) { return std::string(option.aggregate ? "aggregate" : ""); });
}

bool aggregates(const Job& job) {
  const AggregateOption* option = job.strategy.find<AggregateOption>();
  return option != nullptr && option->aggregate;
}

std::vector<int> pushers_of(const Job& job) {
  std::vector<int> pushers;
  const int each = aggregates(job) ? job.ranks_per_node : 1;
  for (int worker = 0; worker < job.workers; worker += each) pushers.push_back(worker);
  return pushers;
}

int server_rank(const Job& job, int server) {
  return server_options_of(job).placement == Placement::dedicated ? job.workers + server : server;
}

}  // namespace tandem::parameter_server

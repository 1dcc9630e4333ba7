#include "algorithms/exchanges/server_shards.h"

#include <algorithm>

#include "algorithms/exchanges/buckets.h"
#include "algorithms/exchanges/whole_tensors.h"
#include "core/config/options.h"

namespace tandem::parameter_server {
namespace {

Range intersection(Range one, Range other) {
  const std::size_t begin = std::max(one.begin, other.begin);
  return {begin, std::max(begin, std::min(one.end, other.end))};
}

int servers_of(const Job& job) { return server_options_of(job).all(job.workers); }

/// Parameters that one server holds.
struct Piece {
  int server;
  Range range;
};

/// Equal parts by element.
std::vector<Piece> even_pieces(const Job& job) {
  std::vector<Piece> pieces;
  const auto servers = static_cast<std::size_t>(servers_of(job));
  for (std::size_t server = 0; server < servers; ++server) {
    pieces.push_back({static_cast<int>(server), even_part(job.model.parameters, servers, server)});
  }
  return pieces;
}

/// Parts of a bucket by element, in proportion to what the servers' links carry under `mixed` placement.
std::vector<Piece> mixed_pieces(const Job& job, Range bucket) {
  const int dedicated = server_options_of(job).dedicated();
  const double n = job.workers, k = dedicated, whole = n * n + k * n - 2 * k;
  double held = 0;  // by the servers before, of `whole`
  const auto cut = [&] {
    return bucket.begin + static_cast<std::size_t>(static_cast<double>(bucket.size()) * (held / whole));
  };
  std::vector<Piece> pieces;
  for (int server = 0; server < servers_of(job); ++server) {
    const std::size_t begin = cut();
    held += server < dedicated ? 2 * (n - 1) : n - k;
    pieces.push_back({server, {begin, cut()}});
  }
  return pieces;
}

/// Every tensor, weights or biases of a layer, on one server; a profile's layer is one. A server without any has an
/// empty piece.
std::vector<Piece> tensor_pieces(const Job& job) {
  std::vector<Piece> pieces;
  std::vector<std::size_t> held(static_cast<std::size_t>(servers_of(job)), 0);
  std::size_t turn = 0;
  for (const Range& tensor : tensors_of(job.model)) {
    const auto emptiest = static_cast<std::size_t>(std::min_element(held.begin(), held.end()) - held.begin());
    const std::size_t server = server_options_of(job).shards == Shards::emptiest ? emptiest : turn++ % held.size();
    held[server] += tensor.size();
    pieces.push_back({static_cast<int>(server), tensor});
  }
  for (std::size_t server = 0; server < held.size(); ++server) {
    if (held[server] == 0) pieces.push_back({static_cast<int>(server), {}});
  }
  return pieces;
}

}  // namespace

std::vector<Shard> shards_of(const Job& job) {
  const std::vector<Range> buckets = plan_buckets(job.model, job.strategy.get<LoopOptions>());
  const ServerOptions& options = server_options_of(job);
  const std::vector<Piece> pieces = options.shards == Shards::even ? even_pieces(job) : tensor_pieces(job);
  std::vector<Shard> shards;
  std::vector<int> held(static_cast<std::size_t>(servers_of(job)), 0);  // by each server
  for (std::size_t bucket = 0; bucket < buckets.size(); ++bucket) {
    const Range values = job.model.parameter_range(buckets[bucket]);
    for (const Piece& piece : options.placement == Placement::mixed ? mixed_pieces(job, values) : pieces) {
      const Range range = intersection(values, piece.range);
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
  const int dedicated = server_options_of(job).dedicated();
  return server < dedicated ? job.workers + server : server - dedicated;
}

int replica_rank(const Job& job, int server) { return server_rank(job, server) + server_options_of(job).dedicated(); }

}  // namespace tandem::parameter_server

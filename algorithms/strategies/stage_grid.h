// The two kinds of groups in a pipeline whose stages are shared among ranks.
#pragma once

#include <optional>
#include <vector>

#include "algorithms/strategies/chunks.h"
#include "core/comm.h"

namespace tandem {

/// The ranks of a pipeline with the same share of their stages, and those that share a stage.
class Grid {
 public:
  Grid(Comm& inside, const Job& job) : place_(stage_place(job, inside.size(), inside.rank())) {
    constexpr int kAlong = 3, kShards = 4;
    std::vector<int> along, shards;
    for (int s = 0; s < place_.stages; ++s) along.push_back(s * place_.shards + place_.shard);
    for (int s = 0; s < place_.shards; ++s) shards.push_back(place_.stage * place_.shards + s);
    if (place_.shards > 1) along_ = inside.group(along, kAlong);
    shards_ = inside.group(shards, kShards);
  }

  Comm& along(Comm& inside) { return along_ ? *along_ : inside; }
  Comm& shards() { return *shards_; }
  const StagePlace& place() const { return place_; }

 private:
  StagePlace place_;
  std::optional<Comm> along_, shards_;
};

}  // namespace tandem

// Which parts of the model a pipeline's stage holds, and who holds their neighbours.
#pragma once

#include <string>
#include <vector>

#include "algorithms/job.h"
#include "algorithms/schedules/schedule.h"
#include "core/config/choice.h"

namespace tandem {

/// Which micro-batches' activations a pipeline computes anew for the backward pass instead of keeping them.
enum class Recompute { none, all, except_last };

bool recomputes(Recompute recompute, std::size_t microbatch, std::size_t microbatches);

struct PipelineOptions {
  int microbatches = 1;
  std::string schedule = "gpipe";
  int chunks = 0;  ///< parts of the model per stage; 0: as few as the schedule has
  Recompute recompute = Recompute::none;
  int tensor = 1;         ///< ranks that share each stage's layers
  bool sequence = false;  ///< they share what lies between pairs of layers, too

  const Schedule& order() const { return *all_schedules().find(schedule); }
  int chunks_of_stage() const { return chunks == 0 ? order().least_chunks : chunks; }
};

OptionTable pipeline_options();

/// Where a rank of a pipeline stands. Ranks that share a stage follow each other.
struct StagePlace {
  int stages = 1, shards = 1;  ///< how many, and the ranks of each
  int stage = 0, shard = 0;
};
/// `rank` counts in a pipeline of so many ranks.
StagePlace stage_place(const Job& job, int ranks, int rank);

/// One part of the model on a stage.
struct Chunk {
  Range layers;
  int before = -1, after = -1;  ///< the stages that hold the parts before and after it; -1: there is none
  int number_before = -1;       ///< which chunk of `before` the part before it is
};

/// How many parts the layers are cut into: for each of a replica's stages as many as it holds.
int parts_of_pipeline(const Job& job);

/// The chunks of one of a pipeline's `stages`: layers cut by cost into as many parts as stages and chunks make, dealt
/// out by the schedule.
std::vector<Chunk> chunks_of(const Job& job, int stages, int stage);

}  // namespace tandem

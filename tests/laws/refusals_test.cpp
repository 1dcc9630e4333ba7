// Combinations without a meaning: each is refused with its reason before anything runs.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "algorithms/collectives/collective_option.h"
#include "algorithms/strategies/strategy.h"
#include "core/config/diagnostics.h"
#include "tests/laws/harness.h"

namespace tandem::laws {
namespace {

struct Bad {
  std::string strategy;
  int workers;
  std::string because;  ///< what the reason says, among other things
};

std::ostream& operator<<(std::ostream& out, const Bad& bad) { return out << bad.strategy << " x" << bad.workers; }

/// Why not, as `tandem run` would say; empty: it would run. The model has nine layers, a batch 26 samples.
std::string reason(const Bad& bad, std::optional<double> stop_loss = {}) {
  try {
    Scenario scenario = small_mlp(bad.strategy, bad.workers, "sim");
    scenario.workload.stop.loss = stop_loss;
    if (auto refused = refusal_of_collective(scenario.strategy, bad.workers, scenario.cluster.ranks_per_node)) {
      return *refused;
    }
    static const Dataset data = load_dataset(scenario.workload.data, scenario.workload.loss, scenario.seed);
    const Job job = make_job(scenario.workload, scenario.strategy, bad.workers, 7, &data);
    return strategy_of(job.strategy).refusal(job).value_or("");
  } catch (const ScenarioError& error) {
    return error.what();
  }
}

class Refusal : public testing::TestWithParam<Bad> {};

TEST_P(Refusal, SaysWhy) {
  EXPECT_NE(reason(GetParam()).find(GetParam().because), std::string::npos) << reason(GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    Values, Refusal,
    testing::Values(
        Bad{"{name: local-sgd, period: 0}", 2, "period"}, Bad{"{name: diloco, period: -1}", 2, "period"},
        Bad{"{name: diloco, outer_rate: 0}", 2, "outer_rate"},
        Bad{"{name: diloco, outer_momentum: 1}", 2, "outer_momentum"},
        Bad{"{name: streaming-diloco, fragments: 0}", 2, "fragments"},
        Bad{"{name: streaming-diloco, mixing: 1}", 2, "mixing"}, Bad{"{name: easgd, elasticity: 1.5}", 2, "elasticity"},
        Bad{"{name: fedavg, fraction: 0}", 2, "fraction"}, Bad{"{name: fedavg, fraction: 1.5}", 2, "fraction"},
        Bad{"{name: gossip, graph: star}", 4, "graph"}, Bad{"{name: gossip, consensus_rate: 0}", 4, "consensus_rate"},
        Bad{"{name: zero, stage: 4}", 2, "stage"}, Bad{"{name: backup-workers, backups: -1}", 2, "backups"},
        Bad{"{name: ps-sync, servers: 0}", 2, "servers"}, Bad{"{name: ps-async, staleness: -1}", 2, "staleness"},
        Bad{"{name: allreduce, bucket: 2B}", 2, "bucket"}, Bad{"{name: allreduce, accumulate: 0}", 2, "accumulate"},
        Bad{"{name: pipeline, microbatches: 0}", 2, "microbatches"},
        Bad{"{name: master-worker, tasks: 0}", 2, "tasks"}));

INSTANTIATE_TEST_SUITE_P(
    Codecs, Refusal,
    testing::Values(Bad{"{name: allreduce, codec: {name: top-k, ratio: 0}}", 2, "ratio"},
                    Bad{"{name: allreduce, codec: {name: top-k, ratio: 1.1}}", 2, "ratio"},
                    Bad{"{name: allreduce, codec: {name: qsgd, bits: 3}}", 2, "bits"},
                    Bad{"{name: allreduce, codec: {name: powersgd, rank: 0}}", 2, "rank"},
                    Bad{"{name: allreduce, codec: {name: powersgd, rank: 8}}", 2, "no matrix"},
                    Bad{"{name: allreduce, codec: {name: fp16, error_feedback: true}}", 2, "error_feedback"},
                    Bad{"{name: allreduce, codec: {name: qsgd, warm_up: -1}}", 2, "warm_up"},
                    Bad{"{name: allreduce, codec: gzip}", 2, "gzip"}, Bad{"{name: pipeline, codec: fp16}", 2, "codec"},
                    Bad{"{name: single, codec: fp16}", 1, "codec"},
                    Bad{"{name: ps-async, codec: {name: sign, combine: vote}}", 2, "a vote"},
                    Bad{"{name: ps-async, deaths: 2}", 2, "leave none of 2 workers"},
                    Bad{"{name: ps-async, deaths: 1, placement: colocated}", 2, "none is on a worker's rank"},
                    Bad{"{name: backup-workers, codec: {name: sign, combine: vote}}", 2, "a vote"},
                    Bad{"{name: gossip, codec: {name: sign, combine: vote}}", 2, "a vote"},
                    Bad{"{name: ad-psgd, codec: {name: sign, combine: vote}}", 2, "a vote"},
                    Bad{"{name: fedavg, codec: {name: sign, combine: vote}}", 2, "a vote"},
                    Bad{"{name: ad-psgd, deaths: 4}", 4, "leave none of 4 workers"},
                    Bad{"{name: gossip, deaths: 4}", 4, "leave none of 4 workers"},
                    Bad{"{name: gossip, deaths: 1, codec: fp16}", 4, "a dead one's part"},
                    Bad{"{name: gossip, graph: random, codec: fp16}", 4, "others in each step"},
                    Bad{"{name: zero, stage: 3, codec: top-k}", 2, "tells of changes alone"},
                    Bad{"{name: zero, stage: 3, codec: sign}", 2, "tells of changes alone"}));

INSTANTIATE_TEST_SUITE_P(
    Degrees, Refusal,
    testing::Values(Bad{"single", 2, "one worker"}, Bad{"ad-psgd", 3, "even number"},
                    Bad{"{name: ps-sync, servers: 3, placement: colocated}", 2, "as many workers"},
                    Bad{"{name: ps-sync, servers: 2, placement: mixed}", 2, "placement: dedicated"},
                    Bad{"{name: ps-sync, placement: mixed, shards: emptiest}", 2, "by element"},
                    Bad{"{name: ps-sync, aggregate: true}", 4, "nothing to aggregate"},
                    Bad{"{name: ps-sync, replicas: 2}", 2, "replicas"},
                    Bad{"{name: ps-sync, replicas: 1, placement: colocated}", 2, "die with that worker"},
                    Bad{"{name: ps-sync, replicas: 1, placement: mixed}", 2, "die with that worker"},
                    Bad{"{name: ps-sync, replicas: 1, codec: fp16}", 2, "what its pulls have left out"},
                    Bad{"{name: ps-async, replicas: 1}", 2, "replicas"},
                    Bad{"{name: ps-sync, shards: largest}", 2, "shards"},
                    Bad{"{name: backup-workers, backups: 3}", 3, "none of 3 workers"},
                    Bad{"{name: backup-workers, servers: 2}", 3, "whole gradients"},
                    Bad{"{name: backup-workers, overlap: true}", 3, "whole gradients"},
                    Bad{"{name: zero, collective: naive}", 2, "reduce-scatter"},
                    Bad{"{name: allreduce, collective: hierarchical}", 4, "node"},
                    Bad{"{name: allreduce, collective: bruck}", 4, "no all-reduce"},
                    Bad{"{name: streaming-diloco, period: 4, delay: 4}", 2, "twice at once"},
                    Bad{"{name: pipeline}", 10, "the model has 9"},
                    Bad{"{name: pipeline, schedule: interleaved, microbatches: 5}", 3, "no multiple of 3"},
                    Bad{"{name: pipeline, schedule: interleaved, chunks: 1}", 3, "parts"},
                    Bad{"{name: pipeline, schedule: zb-v, chunks: 3}", 3, "parts"},
                    Bad{"{name: pipeline, schedule: gpipe, chunks: 2}", 3, "parts"},
                    Bad{"{name: pipeline, schedule: interleaved, chunks: 4, microbatches: 6}", 3, "the model has 9"},
                    Bad{"{name: pipeline, schedule: zb-h1, recompute: all, microbatches: 4}", 2, "recompute"},
                    Bad{"{name: pipeline, tensor: 2}", 3, "stages of 2"},
                    Bad{"{name: pipeline, tensor: 2, replicas: 2}", 6, "stages of 2"},
                    Bad{"{name: pipeline, tensor: 10}", 10, "too few to be dealt out"},
                    Bad{"{name: pipeline, tensor: 2, schedule: zb-h1, microbatches: 4}", 4, "go back at once"},
                    Bad{"{name: pipeline, tensor: 2, recompute: all, microbatches: 4}", 4, "workload.model.recompute"},
                    Bad{"{name: pipeline, sequence: true}", 4, "each stage has one"},
                    Bad{"{name: pipedream, microbatches: 2}", 2, "double-buffered"},
                    Bad{"{name: pipedream, weights: double-buffered, microbatches: 2}", 3, "fewer than 3"},
                    Bad{"{name: pipedream}", 10, "the model has 9"}, Bad{"tensor", 10, "too few to be dealt out"},
                    Bad{"{name: master-worker, tasks: 27}", 2, "26 samples"},
                    Bad{"{name: work-stealing, tasks: 27}", 2, "26 samples"},
                    Bad{"sequence", 10, "too few to be dealt out"},
                    Bad{"{name: sequence, collective: naive}", 2, "reduce-scatter"},
                    Bad{"{name: pipeline, replicas: 2}", 3, "shared out among 2 replicas"},
                    Bad{"{name: tensor, replicas: 27}", 27, "more than the 26 samples"},
                    Bad{"{name: tensor, replicas: 0}", 2, "replicas"}));

INSTANTIATE_TEST_SUITE_P(Keys, Refusal,
                         testing::Values(Bad{"{name: pipeline, collective: ring}", 2, "collective"},
                                         Bad{"{name: gossip, collective: ring}", 2, "collective"},
                                         Bad{"{name: ps-sync, collective: ring}", 2, "collective"},
                                         Bad{"{name: tensor, overlap: true}", 2, "overlap"},
                                         Bad{"{name: allreduce, period: 4}", 2, "period"},
                                         Bad{"{name: single, servers: 2}", 1, "servers"}));

// What agrees after its last step, or has later steps on their way, cannot tell which step a loss will be low enough
// in.
TEST(Refusals, OfStoppingAtALossSayWhy) {
  for (const char* name :
       {"local-sgd", "diloco", "streaming-diloco", "easgd", "fedavg", "ad-psgd", "pipedream", "work-stealing"}) {
    EXPECT_NE(reason({name, 2, ""}, 0.1), "") << name;
    EXPECT_EQ(reason({name, 2, ""}), "") << name;
  }
  EXPECT_NE(reason({"{name: gossip, deaths: 1}", 4, ""}, 0.1), "");
}

}  // namespace
}  // namespace tandem::laws

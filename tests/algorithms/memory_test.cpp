// What a rank holds, by formula: Korthikanti et al.'s activations of a transformer and the GiB per GPU of their tables,
// ZeRO's bytes per parameter, and what schedules leave in flight.
#include <gtest/gtest.h>

#include "algorithms/strategies/strategy.h"

namespace tandem {
namespace {

constexpr double kGiB = 1024.0 * 1024 * 1024;

struct Gpt {
  double tokens, width, heads;
  std::size_t blocks;
};
constexpr Gpt k22B{2048, 6144, 64, 48}, k175B{2048, 12288, 96, 96};

/// Blocks alone, 12 w^2 parameters each, in mixed precision with gradients of 32 bit: 18 bytes per parameter.
WorkloadSpec workload_of(const Gpt& gpt, std::size_t batch, Recomputation recompute) {
  WorkloadSpec workload;
  ModelSpec& model = workload.model;
  model.kind = ModelKind::profile;
  model.recompute = recompute;
  model.bytes_per_parameter = {.parameter = 2, .gradient = 4, .optimizer = 12};
  const double sequence = gpt.tokens * gpt.width, pairs = 5 * gpt.heads * gpt.tokens * gpt.tokens;
  const auto weights = static_cast<std::size_t>(gpt.width * gpt.width);
  for (std::size_t block = 0; block < gpt.blocks; ++block) {
    model.profile.push_back({.name = "attention",
                             .parameters = 4 * weights,
                             .forward_flops_per_sample = 9,
                             .backward_flops_per_sample = 18,
                             .activations_per_sample = 10,
                             .heads = static_cast<std::size_t>(gpt.heads),
                             .attention_flops_per_sample = 2,
                             .kept = KeptBytes{{5 * sequence, 8 * sequence, pairs}, 2 * sequence},
                             .moved = {1, 0, 4}});
    model.profile.push_back({.name = "feed forward",
                             .parameters = 8 * weights,
                             .forward_flops_per_sample = 16,
                             .backward_flops_per_sample = 32,
                             .activations_per_sample = 10,
                             .kept = KeptBytes{{5 * sequence, 16 * sequence, 0}, 0},
                             .moved = {1, 8, 0}});
  }
  workload.optimizer.kind = OptimizerKind::adam;
  workload.batch = {.global = batch};
  workload.stop = {.steps = 1};
  return workload;
}

Memory held(const WorkloadSpec& workload, const std::string& strategy, int workers, int rank = 0) {
  const Job job = make_job(workload, parse_strategy(strategy), workers, 1, nullptr);
  return strategy_of(job.strategy).memory(job, rank).value();
}

TEST(Memory, OfTransformersIsThePublishedGiBPerGpu) {
  const auto tensor = [](const Gpt& gpt, std::size_t batch, Recomputation recompute, const char* strategy) {
    return held(workload_of(gpt, batch, recompute), strategy, 8);
  };
  EXPECT_DOUBLE_EQ(tensor(k22B, 4, Recomputation::none, "tensor").state(), 45.5625 * kGiB);
  EXPECT_DOUBLE_EQ(tensor(k22B, 4, Recomputation::none, "tensor").activations, 59.25 * kGiB);
  EXPECT_DOUBLE_EQ(tensor(k22B, 4, Recomputation::selective, "sequence").activations, 9.5625 * kGiB);
  EXPECT_DOUBLE_EQ(tensor(k22B, 4, Recomputation::full, "tensor").activations, 4 * 48 * 2 * 2048.0 * 6144);
  // An eighth of the 96 blocks is one of eight stages.
  Gpt stage = k175B;
  stage.blocks = 12;
  EXPECT_DOUBLE_EQ(tensor(stage, 1, Recomputation::none, "tensor").state(), 45.5625 * kGiB);
}

// s b h (34 + 5 a s/h) without parallelism; with n ranks s b h (10 + 24/n + 5 a s/(h n)), and s b h/n (34 + 5 a s/h).
TEST(Memory, OfATransformersLayerIsKorthikantisFormula) {
  for (const int n : {1, 2, 4}) {
    const Gpt gpt{13, 24, 4, 3};
    const double s = gpt.tokens, h = gpt.width, a = gpt.heads, b = 5, t = n, layers = 3;
    const auto of = [&](Recomputation recompute, const char* strategy) {
      return held(workload_of(gpt, 5, recompute), strategy, n).activations;
    };
    const double tensor = s * b * h * (10 + 24 / t + 5 * a * s / (h * t)), part = s * b * h / t;
    EXPECT_DOUBLE_EQ(of(Recomputation::none, "tensor"), layers * tensor) << n;
    EXPECT_DOUBLE_EQ(of(Recomputation::selective, "tensor"), layers * s * b * h * (10 + 24 / t)) << n;
    EXPECT_DOUBLE_EQ(of(Recomputation::full, "tensor"), layers * 2 * s * b * h) << n;
    EXPECT_DOUBLE_EQ(of(Recomputation::none, "sequence"), layers * part * (34 + 5 * a * s / h)) << n;
    EXPECT_DOUBLE_EQ(of(Recomputation::selective, "sequence"), layers * part * 34) << n;
    if (n == 1) {
      EXPECT_DOUBLE_EQ(of(Recomputation::none, "single"), layers * s * b * h * (34 + 5 * a * s / h));
    }
  }
}

TEST(Memory, OfAPipelinesStageIsThatOfTheMicroBatchesInFlight) {
  const Gpt gpt{13, 24, 4, 16};
  const double block = 13 * 24.0 * (34 + 5 * 4 * 13 / 24.0);  // for one sample
  const auto of = [&](const std::string& schedule, int rank, Recomputation recompute = Recomputation::none) {
    const std::string strategy = "{name: pipeline, microbatches: 8, schedule: " + schedule + "}";
    return held(workload_of(gpt, 8, recompute), strategy, 4, rank).activations;
  };
  for (const int stage : {0, 1, 2, 3}) {
    EXPECT_NEAR(of("gpipe", stage), 8 * 4 * block, 1e-6);
    EXPECT_NEAR(of("1f1b", stage), (4 - stage) * 4 * block, 1e-6);
  }
  // Interleaving multiplies the first stage's by 1 + (p - 1)/(p v).
  EXPECT_NEAR(of("interleaved, chunks: 2", 0), 4 * 4 * block * (1 + 3 / 8.0), 1e-6);
  EXPECT_NEAR(of("interleaved, chunks: 4", 0), 4 * 4 * block * (1 + 3 / 16.0), 1e-6);
  EXPECT_NEAR(of("zb-h2", 0), 7 * 4 * block, 1e-6);
  EXPECT_NEAR(of("1f1b", 0, Recomputation::full), 4 * 4 * 2 * 13 * 24.0, 1e-6);
}

// A server has its part of everything, and that part's gradient from each worker; a worker no optimizer.
TEST(Memory, OfServersIsTheirPartOfTheModel) {
  WorkloadSpec workload;
  workload.model.kind = ModelKind::profile;
  workload.model.profile = {{.name = "layer", .parameters = 1200, .activations_per_sample = 3}};
  workload.batch = {.global = 8};
  workload.stop = {.steps = 1};
  workload.optimizer.kind = OptimizerKind::adam;
  for (const char* name : {"ps-sync", "ps-async"}) {
    const auto at = [&](const std::string& options, int rank) {
      return held(workload, std::string("{name: ") + name + ", " + options + "}", 4, rank);
    };
    EXPECT_DOUBLE_EQ(at("servers: 3", 0).state(), 1200 * 8);
    EXPECT_DOUBLE_EQ(at("servers: 3", 0).activations, 2 * 4 * 3 * 2);
    EXPECT_DOUBLE_EQ(at("servers: 3", 5).total(), 400 * (4 + 4 * 4 + 8));
    EXPECT_DOUBLE_EQ(at("servers: 3, accumulate: 2", 5).total(), 400 * (4 + 4 * 4 + 8));
    EXPECT_DOUBLE_EQ(at("servers: 3, placement: colocated", 2).state(), 1200 * 8 + 400 * (4 + 4 * 4 + 8));
    EXPECT_DOUBLE_EQ(at("servers: 3, placement: colocated", 3).state(), 1200 * 8);
  }
  EXPECT_DOUBLE_EQ(held(workload, "backup-workers", 4, 4).total(), 1200 * (4 + 4 * 4 + 8));
  EXPECT_DOUBLE_EQ(held(workload, "fedavg", 4, 0).state(), 1200 * 16);
  EXPECT_DOUBLE_EQ(held(workload, "fedavg", 4, 4).total(), 1200 * 8) << "its model, and a client's";
}

// What messages have left out, the messages, and copies of what was told: N values of four bytes, messages of M bytes.
TEST(Memory, OfCodecsIsWhatTheyKeepAndTheirMessages) {
  WorkloadSpec workload;
  workload.model.kind = ModelKind::profile;
  workload.model.profile = {{.name = "layer", .parameters = 1200, .activations_per_sample = 3}};
  workload.batch = {.global = 12};
  workload.stop = {.steps = 1};
  workload.optimizer.kind = OptimizerKind::adam;
  constexpr double kAll = 4 * 1200, kTopK = 8 * 12, kHalf = 2 * 1200;  // top-k: 1 %, values and places
  constexpr int kWorkers = 6;
  const auto coding = [&](const std::string& options, int rank = 0) {
    return held(workload, "{name: " + options + "}", kWorkers, rank).coding;
  };
  EXPECT_EQ(coding("allreduce"), 0);
  EXPECT_EQ(coding("allreduce, codec: fp16"), kHalf);
  EXPECT_EQ(coding("allreduce, codec: top-k"), kAll + kWorkers * kTopK);
  EXPECT_EQ(coding("allreduce, codec: {name: top-k, error_feedback: false}"), kWorkers * kTopK);
  EXPECT_EQ(coding("local-sgd, codec: fp16"), kAll + kHalf);
  EXPECT_EQ(coding("diloco, codec: fp16"), kHalf) << "the copy that all had in common is DiLoCo's own";
  EXPECT_EQ(coding("zero, codec: {name: top-k, ratio: 0.01}"), kAll + 2 * kTopK + kAll / kWorkers);
  EXPECT_EQ(coding("one-bit-adam, codec: {name: top-k, warm_up: 1}"), kAll + 2 * kTopK + kAll / kWorkers);
  EXPECT_EQ(coding("gossip, codec: top-k"), 3 * kTopK) << "one said, two heard";
  EXPECT_EQ(coding("ad-psgd, codec: top-k"), 4 * kTopK) << "one said and one heard for each of two";
  EXPECT_EQ(held(workload, "{name: ad-psgd}", kWorkers).room, 4 * kAll);
  EXPECT_EQ(coding("fedavg, codec: top-k"), kAll + 2 * kTopK);
  EXPECT_EQ(coding("fedavg, codec: top-k", kWorkers), kWorkers * kAll + 4 * kTopK) << "half of them in a round";
}

TEST(Memory, OfServersWithACodecIsRoomForMessagesAndWhatWasTold) {
  WorkloadSpec workload;
  workload.model.kind = ModelKind::profile;
  workload.model.profile = {{.name = "layer", .parameters = 1200, .activations_per_sample = 3}};
  workload.batch = {.global = 12};
  workload.stop = {.steps = 1};
  constexpr double kAll = 4 * 1200, kTopK = 8 * 12;
  constexpr int kWorkers = 6;
  for (const auto& [name, told] : {std::pair{"ps-sync", 1}, std::pair{"ps-async", kWorkers}}) {
    const std::string coded = std::string("{name: ") + name + ", servers: 2, codec: top-k}";
    EXPECT_EQ(held(workload, coded, kWorkers).coding, kAll + 2 * kTopK) << name;
    const Memory server = held(workload, coded, kWorkers, kWorkers);
    EXPECT_EQ(server.coding, kWorkers * kTopK / 2 + told * kAll / 2) << name;
    EXPECT_EQ(server.gradients, kAll / 2) << "the sum of what was decoded";
  }
  const Memory warming = held(workload, "{name: ps-sync, codec: {name: top-k, warm_up: 3}}", kWorkers, kWorkers);
  EXPECT_EQ(warming.gradients, (kWorkers + 1) * kAll);
  EXPECT_EQ(warming.coding, kAll);
}

TEST(Memory, OfZeroIsTheBytesPerParameterOfItsStages) {
  WorkloadSpec workload;
  workload.model.kind = ModelKind::profile;
  workload.model.profile = {{.name = "layer", .parameters = 1000, .activations_per_sample = 3}};
  workload.batch = {.global = 8};
  workload.stop = {.steps = 1};
  workload.optimizer.kind = OptimizerKind::adam;
  const auto per_parameter = [&](int stage, int workers) {
    return held(workload, "{name: zero, stage: " + std::to_string(stage) + "}", workers).state() / 1000;
  };
  EXPECT_DOUBLE_EQ(held(workload, "allreduce", 8).state() / 1000, 16);
  EXPECT_DOUBLE_EQ(held(workload, "allreduce", 8).activations, 2 * 4 * 3) << "what is handed on, and its gradient";
  EXPECT_DOUBLE_EQ(held(workload, "diloco", 8).total(), 1000 * (16 + 8) + 24);
  for (const double n : {1.0, 3.0, 8.0}) {
    EXPECT_DOUBLE_EQ(per_parameter(1, static_cast<int>(n)), 8 + 8 / n);
    EXPECT_DOUBLE_EQ(per_parameter(2, static_cast<int>(n)), 4 + 12 / n);
    EXPECT_DOUBLE_EQ(per_parameter(3, static_cast<int>(n)), 16 / n);
  }
  workload.model.bytes_per_parameter = {.parameter = 2, .gradient = 2, .optimizer = 12};
  for (const double n : {1.0, 3.0, 8.0}) {
    EXPECT_DOUBLE_EQ(per_parameter(1, static_cast<int>(n)), 4 + 12 / n);
    EXPECT_DOUBLE_EQ(per_parameter(2, static_cast<int>(n)), 2 + 14 / n);
    EXPECT_DOUBLE_EQ(per_parameter(3, static_cast<int>(n)), 16 / n);
  }
}

// Two ranks share tensors of 100, 10,000 and 130 values: the largest is dealt out first, the others then to the
// emptier.
TEST(Memory, OfZeroWithWholeTensorsIsUneven) {
  ModelSpec spec;
  spec.kind = ModelKind::profile;
  for (const std::size_t parameters : {100u, 10'000u, 130u})
    spec.profile.push_back({.name = "tensor", .parameters = parameters, .activations_per_sample = 3});
  WorkloadSpec workload;
  workload.model = spec;
  workload.batch = {.global = 8};
  workload.stop = {.steps = 1};
  workload.optimizer.kind = OptimizerKind::adam;
  const Job job = make_job(workload, parse_strategy("zero-tensors"), 2, 1, nullptr);
  const auto of = [&](int rank) { return strategy_of(job.strategy).memory(job, rank)->optimizer; };
  EXPECT_DOUBLE_EQ(of(0), 8 * 10'000);
  EXPECT_DOUBLE_EQ(of(1), 8 * 230);
}

TEST(Memory, WhatIsRecomputedIsAddedToTheBackwardPass) {
  const auto layers = [](Recomputation recompute) {
    const WorkloadSpec workload = workload_of({13, 24, 4, 1}, 1, recompute);
    return make_model(workload.model, workload.loss, nullptr).layers;
  };
  const auto kept = layers(Recomputation::none), selective = layers(Recomputation::selective),
             full = layers(Recomputation::full);
  EXPECT_EQ(kept[0].backward_flops_per_sample, 18);
  EXPECT_EQ(selective[0].backward_flops_per_sample, 18 + 2);
  EXPECT_EQ(selective[1].backward_flops_per_sample, 32);
  EXPECT_EQ(full[0].backward_flops_per_sample, 18 + 9);
  EXPECT_EQ(full[1].backward_flops_per_sample, 32 + 16);
  // Backward an element-wise operation moves three values where it moved two.
  EXPECT_EQ(kept[0].backward_moved, (LayerBytes{1.5, 0, 6}));
  EXPECT_EQ(selective[0].backward_moved, (LayerBytes{1.5, 0, 6 + 4}));
  EXPECT_EQ(full[1].backward_moved, (LayerBytes{1.5 + 1, 12 + 8, 0}));
  for (const auto& all : {kept, selective, full}) EXPECT_EQ(all[1].forward_moved, (LayerBytes{1, 8, 0}));
}

TEST(Memory, HeadsAreDealtOutWhole) {
  const WorkloadSpec workload = workload_of({13, 24, 4, 1}, 4, Recomputation::none);
  const auto reason = [&](const char* strategy, int workers) {
    const Job job = make_job(workload, parse_strategy(strategy), workers, 1, nullptr);
    return strategy_of(job.strategy).refusal(job).value_or("");
  };
  EXPECT_EQ(reason("tensor", 2), "");
  EXPECT_EQ(reason("tensor", 3), "the 4 heads of attention of attention cannot be dealt out evenly to 3 ranks");
  EXPECT_EQ(reason("sequence", 8), "the 4 heads of attention of attention cannot be dealt out evenly to 8 ranks");
}

}  // namespace
}  // namespace tandem

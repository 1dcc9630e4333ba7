// Made-up results: no number in here was ever measured.
#pragma once

#include <string>

#include "app/scenario/scenario.h"
#include "app/store/result.h"
#include "tests/temporary_folder.h"

namespace tandem {

inline RunResult made_up_run(const std::string& label, const std::string& world, int workers, double samples_per_s,
                             int repeat = 0) {
  RunResult run;
  run.factors = {{"strategy", label}, {"cluster.workers", std::to_string(workers)}, {"world", world}};
  run.scenario = "made-up";
  run.world = world;
  run.strategy = label.substr(0, label.find(' '));
  run.strategy_label = label;
  run.workers = run.ranks = workers;
  run.seed = 42;
  run.repeat = repeat;
  run.steps = 10;
  run.samples = 640;
  run.samples_per_s = samples_per_s;
  run.time_s = 640 / samples_per_s;
  run.step_s = run.time_s / 10;
  run.compute_s = run.time_s * 0.5;
  run.comm_s = run.time_s * 0.25;
  run.idle_s = run.time_s * 0.25;
  run.messages_sent = 20;
  run.bytes_sent = 4000;
  run.max_bytes_sent_per_rank = 1000;
  run.train_loss = 0.25;
  run.parameters_sha256 = "0123456789abcdef";
  run.wall_s = 1.5;
  run.peak_rss_bytes = 1048576;
  if (world == "sim") run.network_model = "neutral";
  return run;
}

inline Plan made_up_plan() {
  Plan plan;
  plan.name = "made-up";
  plan.question = "Does a made-up strategy scale?";
  Point point;
  point.scenario.workload.batch.global = 64;
  plan.points.push_back(point);
  return plan;
}

}  // namespace tandem

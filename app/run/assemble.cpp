#include "app/run/assemble.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "algorithms/strategies/strategy.h"
#include "app/run/check.h"
#include "app/run/execute.h"
#include "app/run/memory.h"
#include "app/scenario/elastic_fields.h"
#include "app/store/sha256.h"
#include "app/store/target.h"
#include "core/config/limits.h"
#include "core/errors.h"

namespace tandem {
namespace {

using Parameters = std::vector<float>;

constexpr const char* kDied = "died";

std::string role_of(const Strategy& strategy, const Job& job, int rank) {
  return std::string(rank < job.workers ? strategy.layout(job.strategy, job.workers).worker_role : "server");
}

// What a rank sent and received, as the network was charged for it.
Traffic on_wire(const Model& model, const Traffic& traffic) {
  const auto charged = [&](std::uint64_t bytes) {
    return static_cast<std::uint64_t>(model.wire_bytes(static_cast<double>(bytes)));
  };
  Traffic on_wire = traffic;
  on_wire.bytes_sent = charged(traffic.bytes_sent);
  on_wire.bytes_received = charged(traffic.bytes_received);
  return on_wire;
}

void add_balance(RunResult& result) {
  double workers = 0, compute_s = 0, longest_s = 0, idle_s = 0;
  for (const RankResult& rank : result.rank_rows) {
    if (rank.role == "server" || rank.role == kDied) continue;
    ++workers;
    compute_s += rank.compute_s;
    idle_s += rank.idle_s;
    longest_s = std::max(longest_s, rank.compute_s);
  }
  if (compute_s > 0) result.imbalance = longest_s / (compute_s / workers) - 1;
  if (result.time_s > 0 && workers > 0) result.idle_share = idle_s / (workers * result.time_s);
}

void add_ranks(RunResult& result, const Strategy& strategy, const Job& job, const std::vector<RankRecord>& records) {
  for (const RankRecord& record : records) result.time_s = std::max(result.time_s, record.time_s);
  std::map<std::int64_t, std::uint64_t> rss_of_process;
  for (const RankRecord& record : records) {
    const Traffic traffic = on_wire(job.model, record.traffic);
    const double idle_s = std::max(0.0, result.time_s - record.compute_s - record.communication_s);
    result.rank_rows.push_back({.rank = record.rank,
                                .role = record.has_died ? kDied : role_of(strategy, job, record.rank),
                                .compute_s = record.compute_s,
                                .communication_s = record.communication_s,
                                .idle_s = idle_s,
                                .traffic = traffic});
    const auto ranks = static_cast<double>(records.size());
    result.compute_s += record.compute_s / ranks;
    result.comm_s += record.communication_s / ranks;
    result.idle_s += idle_s / ranks;
    result.messages_sent += traffic.messages_sent;
    result.bytes_sent += traffic.bytes_sent;
    result.max_bytes_sent_per_rank = std::max(result.max_bytes_sent_per_rank, traffic.bytes_sent);
    if (record.has_died) result.failures = std::isnan(result.failures) ? 1 : result.failures + 1;
    rss_of_process[record.process] = std::max(rss_of_process[record.process], record.peak_rss_bytes);
  }
  add_balance(result);
  for (const auto& [process, bytes] : rss_of_process) result.peak_rss_bytes += bytes;
}

// The run's traffic is that of all who took part in it.
void add_departed(RunResult& result, const Job& job, const std::vector<RankRecord>& departed) {
  for (const RankRecord& record : departed) {
    const Traffic traffic = on_wire(job.model, record.traffic);
    result.messages_sent += traffic.messages_sent;
    result.bytes_sent += traffic.bytes_sent;
  }
}

// Fewer workers hold more each where they share a batch, so every part of the run counts.
void add_memory(RunResult& result, const Scenario& scenario, const Job& job, const Membership& membership) {
  const std::optional<RankMemory> most = most_memory(scenario, job);
  if (!most) return;
  result.memory_bytes = most->memory.total();
  for (const int workers : membership.workers_before) {
    if (workers == job.workers || workers < 1 || workers > kMostRanks) continue;
    const Scenario before = with_workers(scenario, workers);
    if (const auto held = most_memory(before, job_of(before, job.data)))
      result.memory_bytes = std::max(result.memory_bytes, held->memory.total());
  }
}

// For synchronous strategies: a step's loss is the sum of the workers' shares, and the step ends with the last worker.
void add_steps(RunResult& result, const Strategy& strategy, const Job& job,
               const std::vector<const RankRecord*>& everyone) {
  const bool is_synchronous = strategy.facts(job.strategy).same_bits;
  std::map<std::size_t, StepResult> step_rows;
  for (const RankRecord* record : everyone) {
    for (const StepRow& row : record->steps) {
      StepResult& step = step_rows.try_emplace(row.step, StepResult{.step = row.step, .train_loss = 0}).first->second;
      step.time_s = std::max(step.time_s, row.time_s);
      step.samples += row.samples;
      step.train_loss += row.loss;
      result.samples += row.samples;
      if (is_synchronous || row.samples == 0) continue;
      const double mean_over_rows = static_cast<double>(job.batches.global_batch()) / static_cast<double>(row.samples);
      result.step_rows.push_back({.step = row.step,
                                  .worker = record->rank,
                                  .time_s = row.time_s,
                                  .samples = row.samples,
                                  .train_loss = row.loss * mean_over_rows});
    }
  }
  // Who was the only one to take a step may have died.
  result.steps = step_rows.empty() ? 0 : step_rows.rbegin()->first + 1;
  const auto whole_batch = static_cast<double>(job.batches.global_batch());
  if (!step_rows.empty()) {
    // When a loss stops asynchronous workers, they end at different steps, and the last steps may lack some shares.
    const StepResult& last = step_rows.rbegin()->second;
    result.train_loss =
        last.samples > 0 ? last.train_loss * (whole_batch / static_cast<double>(last.samples)) : kNotMeasured;
  }
  if (is_synchronous) {
    for (auto& [number, step] : step_rows) {
      // Workers that sit a step out, clients that were not drawn, leave a mean over the others.
      if (step.samples > 0) step.train_loss *= whole_batch / static_cast<double>(step.samples);
      result.step_rows.push_back(step);
    }
  }
}

// Timed is what comes after the last worker has ended the last of the untimed steps.
void add_pace(RunResult& result, std::size_t untimed_steps, const std::vector<const RankRecord*>& everyone) {
  double begin_s = 0;
  std::size_t untimed_samples = 0;
  for (const RankRecord* record : everyone) {
    for (const StepRow& row : record->steps) begin_s = std::max(begin_s, row.step < untimed_steps ? row.time_s : 0);
  }
  for (const RankRecord* record : everyone) {
    for (const StepRow& row : record->steps)
      untimed_samples += untimed_steps > 0 && row.time_s <= begin_s ? row.samples : 0;
  }
  // A loss may have stopped the run before any step was timed.
  const double timed_s = result.time_s - begin_s;
  const bool has_steps = result.steps > untimed_steps;
  result.step_s = has_steps ? timed_s / static_cast<double>(result.steps - untimed_steps) : kNotMeasured;
  const auto samples = static_cast<double>(result.samples - untimed_samples);
  result.samples_per_s = has_steps && timed_s > 0 ? samples / timed_s : kNotMeasured;
}

void add_staleness(RunResult& result, const std::vector<RankRecord>& records) {
  std::map<std::int64_t, std::size_t> updates_of;
  for (const RankRecord& record : records) {
    for (const UpdateRow& row : record.updates) ++updates_of[row.staleness];
  }
  if (updates_of.empty()) return;
  double sum = 0, updates = 0;
  for (const auto& [staleness, count] : updates_of) {
    result.staleness_counts.emplace_back(static_cast<std::size_t>(staleness), static_cast<std::int64_t>(count));
    sum += static_cast<double>(staleness) * static_cast<double>(count);
    updates += static_cast<double>(count);
  }
  result.mean_staleness = sum / updates;
  result.max_staleness = static_cast<double>(updates_of.rbegin()->first);
}

/// Layers that a stage computes in a row for one micro-batch are one slot.
void add_slots(RunResult& result, const std::vector<RankRecord>& records) {
  for (const RankRecord& record : records) {
    SlotResult* last = nullptr;
    for (const Span& span : record.spans) {
      if (span.microbatch < 0 || span.end_s <= span.start_s) continue;
      const bool goes_on = last != nullptr && last->work == span.name && last->microbatch == span.microbatch &&
                           last->chunk == span.chunk;
      if (!goes_on) {
        last = &result.slot_rows.emplace_back(SlotResult{.stage = record.rank,
                                                         .chunk = span.chunk,
                                                         .microbatch = span.microbatch,
                                                         .work = span.name,
                                                         .start_s = span.start_s});
      }
      last->end_s = span.end_s;
    }
  }
}

// The pieces of the parameters that ranks own, as one vector; empty if they do not cover the model. A server's replica
// owns the same piece, and has the same values.
Parameters join_pieces(const std::vector<const Snapshot*>& pieces, std::size_t count) {
  Parameters whole(count);
  std::size_t covered = 0;
  std::map<std::size_t, const Snapshot*> first_at;
  for (const Snapshot* piece : pieces) {
    if (piece->values.empty()) continue;
    const auto [first, is_new] = first_at.try_emplace(piece->offset, piece);
    if (!is_new && first->second->values != piece->values)
      throw CheckFailed(fmt::format("a server and its replica differ in the parameters from {} on", piece->offset));
    if (!is_new) continue;
    std::copy(piece->values.begin(), piece->values.end(), whole.begin() + static_cast<std::ptrdiff_t>(piece->offset));
    covered += piece->values.size();
  }
  return covered == count ? whole : Parameters{};
}

void add_validation(RunResult& result, const Job& job, const std::vector<RankRecord>& records) {
  std::map<std::size_t, std::vector<const Snapshot*>> pieces_after_step;
  for (const RankRecord& record : records) {
    for (const Snapshot& snapshot : record.snapshots) pieces_after_step[snapshot.step].push_back(&snapshot);
  }
  for (const auto& [steps_done, pieces] : pieces_after_step) {
    const Parameters parameters = join_pieces(pieces, job.model.parameters);
    if (parameters.empty()) continue;
    const Evaluation evaluation = evaluate(job.model, *job.data, job.data->validation, parameters.data());
    double time_s = 0;
    for (const Snapshot* piece : pieces) time_s = std::max(time_s, piece->time_s);
    result.step_rows.push_back({.step = steps_done - 1,
                                .time_s = time_s,
                                .samples = 0,
                                .validation_loss = evaluation.loss,
                                .validation_accuracy = evaluation.accuracy});
  }
}

// Synchronous steps follow each other, even where a rank that resumes has begun to count time later than another had;
// the others have no order but that in time.
void put_rows_in_order(RunResult& result) {
  const bool is_by_step = result.same_bits;
  std::stable_sort(result.step_rows.begin(), result.step_rows.end(),
                   [is_by_step](const StepResult& a, const StepResult& b) {
                     return is_by_step ? a.step < b.step : a.time_s < b.time_s;
                   });
}

// Puts validations into the rows of their steps.
void merge_validation_rows(RunResult& result) {
  std::map<std::size_t, StepResult*> row_of_step;
  for (StepResult& row : result.step_rows) {
    if (row.worker < 0 && row.samples > 0) row_of_step[row.step] = &row;
  }
  for (StepResult& row : result.step_rows) {
    const auto found = row.samples == 0 ? row_of_step.find(row.step) : row_of_step.end();
    if (found == row_of_step.end()) continue;
    found->second->validation_loss = row.validation_loss;
    found->second->validation_accuracy = row.validation_accuracy;
  }
  std::erase_if(result.step_rows,
                [&](const StepResult& row) { return row.samples == 0 && row_of_step.contains(row.step); });
}

void add_final_parameters(RunResult& result, const Job& job, const std::vector<RankRecord>& records) {
  std::vector<const Snapshot*> pieces;
  for (const RankRecord& record : records) {
    for (const Snapshot& piece : record.owned) pieces.push_back(&piece);
  }
  result.parameters = join_pieces(pieces, job.model.parameters);
  const Parameters& parameters = result.parameters;
  if (parameters.empty()) return;
  result.parameters_sha256 = sha256_of(parameters.data(), parameters.size());
  check_replicas(result.parameters_sha256, records);

  if (job.data->validation.count > 0) {
    const Evaluation evaluation = evaluate(job.model, *job.data, job.data->validation, parameters.data());
    result.validation_loss = evaluation.loss;
    result.validation_accuracy = evaluation.accuracy;
  }
  if (job.data->known_weights.size() == parameters.size()) {
    result.weights_error = 0;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      result.weights_error =
          std::max<double>(result.weights_error, std::abs(parameters[i] - job.data->known_weights[i]));
    }
  }
}

}  // namespace

RunResult assemble(const Scenario& scenario, const Strategy& strategy, const Job& job,
                   const std::vector<RankRecord>& records, const Membership& membership) {
  RunResult result{.scenario = scenario.name,
                   .world = scenario.world,
                   .strategy = scenario.strategy.name,
                   .strategy_label = strategy_label(scenario.strategy),
                   .workers = job.workers,
                   .ranks = static_cast<int>(records.size()),
                   .seed = scenario.seed,
                   .same_bits = strategy.facts(job.strategy).same_bits};
  result.picks = strategy.picks(job);
  add_memory(result, scenario, job, membership);
  std::vector<const RankRecord*> everyone;
  for (const RankRecord& record : records) everyone.push_back(&record);
  for (const RankRecord& record : membership.departed) everyone.push_back(&record);
  add_ranks(result, strategy, job, records);
  add_departed(result, job, membership.departed);
  add_steps(result, strategy, job, everyone);
  add_staleness(result, records);
  add_slots(result, records);
  check_traffic(strategy, job, records, membership);
  check_physics(scenario, job, result.time_s, result.samples, records, membership);
  add_pace(result, job.workload.untimed_steps, everyone);

  const bool has_values = job.model.is_numeric() && scenario.payload == Payload::numeric;
  if (has_values) {
    add_final_parameters(result, job, records);
    if (job.data->validation.count > 0) add_validation(result, job, records);
    merge_validation_rows(result);
    put_rows_in_order(result);
    add_times_to_targets(result, scenario.workload);
  } else {
    result.train_loss = kNotMeasured;
    for (StepResult& row : result.step_rows) row.train_loss = kNotMeasured;
    put_rows_in_order(result);
  }
  return result;
}

}  // namespace tandem

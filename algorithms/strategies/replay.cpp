// Plays a program: what a trace of another run, or a person, says that each rank does (app/scenario/program_file.h).
// Simulators that replay traces do so (Casanova et al., "Simulating MPI applications: the SMPI approach", TPDS 2017;
// Sridharan et al., "Chakra", 2023): the order of a run is kept, and its times come from the network at hand. A rank's
// computations run on its own stack, those of further streams on stacks beside it, and messages begin on another stack
// once what they wait for has ended. A step plays the program once.
//
//   cost of a step: the longest way through the program, in computations, messages (alpha + m beta) and collectives
//   traffic: the program's messages, and those of the chosen collectives
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "algorithms/collectives/collective_option.h"
#include "algorithms/strategies/replay_messages.h"
#include "algorithms/strategies/strategy.h"
#include "core/config/options.h"

namespace tandem::strategies {
namespace {

using ActivityKind = ReplayActivity::Kind;

const ReplayProgram& program_of(const Job& job) { return *job.strategy.get<ProgramOption>().program; }

/// The scenario's choice, or the first algorithm that has this operation.
const Collective& algorithm_of(const OperationKind& operation, const Job& job) {
  const Collective& chosen = collective_of(job);
  return operation.is_of(chosen) ? chosen : *algorithms_of(operation).front();
}

void call(Comm& comm, const Job& job, const ReplayActivity& activity) {
  Comm group = comm.group(program_of(job).groups[activity.group], static_cast<int>(activity.group) + 1);
  const Buffer data = comm.make_buffer(activity.bytes / kBytesPerValue);
  const Buffer result = activity.operation->is_in_place ? Buffer() : comm.make_buffer(data.count());
  activity.operation->run(algorithm_of(*activity.operation, job), group, data, result, activity.root);
}

void play_stream(Comm& comm, const Job& job, const ReplayPlan& plan, std::size_t stream) {
  Op told;
  CancelGuard guard(comm, {&told, 1});
  for (const std::uint32_t i : plan.streams[stream]) {
    const ReplayActivity& activity = plan.activities[i];
    if (plan.links[i].waits > 0) comm.await_notification(may_begin_tag(stream));
    if (activity.kind == ActivityKind::collective) {
      call(comm, job, activity);
    } else {
      const std::string_view name = activity.name.empty() ? std::string_view("compute") : activity.name;
      comm.compute({.flops = activity.flops, .delay_s = activity.time_s, .name = name}, [] {});
    }
    if (plan.links[i].waited_for.empty()) continue;
    if (told) comm.wait(told);
    told = comm.notify(has_ended_tag(stream));
  }
  if (told) comm.wait(told);
}

void play(Comm& comm, const Job& job, const ReplayPlan& plan) {
  std::vector<CommTask> stacks;
  if (!plan.streams_are_alone)
    stacks.push_back(comm.spawn("messages", [&plan](Comm& stack) { play_messages(stack, plan); }));
  for (std::size_t stream = 1; stream < plan.streams.size(); ++stream) {
    if (plan.streams[stream].empty()) continue;
    stacks.push_back(comm.spawn(fmt::format("stream {}", stream),
                                [&, stream](Comm& stack) { play_stream(stack, job, plan, stream); }));
  }
  play_stream(comm, job, plan, 0);
  for (CommTask& stack : stacks) stack.join();
}

void run(Comm& comm, const Job& job, Training& training) {
  const ReplayPlan plan(program_of(job).ranks[static_cast<std::size_t>(comm.rank())]);
  training.each_step(
      comm, job.steps,
      [&](std::size_t step) {
        play(comm, job, plan);
        return StepEnd{.samples = job.batches.part_size(step, comm.rank())};
      },
      [](std::size_t, const StepEnd&) { return false; });
}

/// Where a group's ranks share nodes, its nodes have as many as the first's.
CallShape shape_of_call(const Job& job, const std::vector<int>& ranks, const ReplayActivity& call) {
  const auto node_of = [&](std::size_t member) { return ranks[member] / job.ranks_per_node; };
  std::size_t per_node = 1;
  while (per_node < ranks.size() && node_of(per_node) == node_of(0)) ++per_node;
  return {.size = static_cast<int>(ranks.size()),
          .count = call.bytes / kBytesPerValue,
          .root = call.root,
          .ranks_per_node = static_cast<int>(per_node)};
}

std::optional<std::string> refusal(const Job& job) {
  if (job.strategy.get<ProgramOption>().program == nullptr) return "replay needs a program to play";
  const ReplayProgram& program = program_of(job);
  if (program.ranks.size() != static_cast<std::size_t>(job.workers))
    return fmt::format("the program has {} ranks, and the cluster {} workers", program.ranks.size(), job.workers);
  if (job.model.parameters > 0 || job.model.flops_per_sample() > 0)
    return "a program says itself what is computed and sent: replay takes no workload.model";
  for (const std::vector<ReplayActivity>& rank : program.ranks) {
    for (const ReplayActivity& activity : rank) {
      if (activity.kind != ActivityKind::collective) continue;
      const Collective& algorithm = algorithm_of(*activity.operation, job);
      const CallShape shape = shape_of_call(job, program.groups[activity.group], activity);
      if (algorithm.refusal == nullptr || activity.operation->name != "all-reduce") continue;
      if (auto reason = algorithm.refusal(shape)) return reason;
    }
  }
  return std::nullopt;
}

std::optional<Traffic> traffic(const Job& job, int rank, StepRange steps) {
  const ReplayProgram& program = program_of(job);
  Traffic step;
  for (const ReplayActivity& activity : program.ranks[static_cast<std::size_t>(rank)]) {
    if (activity.kind == ActivityKind::send) step += {.messages_sent = 1, .bytes_sent = activity.bytes};
    if (activity.kind == ActivityKind::receive) step += {.messages_received = 1, .bytes_received = activity.bytes};
    if (activity.kind != ActivityKind::collective) continue;
    const std::vector<int>& group = program.groups[activity.group];
    const int member = static_cast<int>(std::ranges::find(group, rank) - group.begin());
    step += activity.operation->traffic(algorithm_of(*activity.operation, job), shape_of_call(job, group, activity),
                                        member);
  }
  return step * steps.size();
}

OptionTable program_option() {
  return option_table<ProgramOption>(
      Mapping<ProgramOption>()
          .key("program", &ProgramOption::file, text(),
               "the file that says what each rank does, relative to the scenario's folder")
          .otherwise("none: it must be given"),
      +[](const ProgramOption& option) { return std::filesystem::path(option.file).stem().string(); });
}

}  // namespace

Strategy replay() {
  return {.name = "replay",
          .doc = "plays a program of computations, messages and collectives, such as a trace of another run",
          .paper = "Casanova et al. 2017; Sridharan et al. 2023",
          .options = {program_option(), collective_option()},
          .facts = [](const Choice&) { return Facts{.every_gradient_every_step = false, .sends_activations = true}; },
          .layout = [](const Choice&, int workers) { return Layout{.ranks = workers}; },
          .refusal = refusal,
          .run = run,
          .traffic = traffic};
}

}  // namespace tandem::strategies

#include "algorithms/exchanges/pair_end.h"

#include <algorithm>

#include "algorithms/exchanges/gossip_graph.h"
#include "algorithms/exchanges/local_step.h"

namespace tandem {
namespace {

double ends_of(const Job& job, int rank) { return static_cast<double>(ring_neighbours(job, rank).size()); }

}  // namespace

std::vector<int> ring_neighbours(const Job& job, int rank) {
  return neighbours(GossipGraph::ring, job.workers, rank, job.seed, 0);
}

PairEnd::PairEnd(const Comm& comm, const Job& job) : job_(job) {
  const Range all{0, job.model.parameters};
  heard_ = initial_buffer(comm, job, all);
  if (!is_coded(job, 0)) said_ = comm.make_buffer(all.size());
  if (codec_choice(job) == nullptr) return;
  changes_.emplace(comm, job, all, /*sender=*/static_cast<std::uint64_t>(comm.rank()));
  coding_.emplace(comm, job, all, /*sender=*/0, Feedback::none);
  outgoing_ = comm.make_buffer(coding_->form().count(), coding_->form().element);
  incoming_ = comm.make_buffer(coding_->form().count(), coding_->form().element);
}

Slice PairEnd::say(Comm& comm, Slice parameters) {
  const std::size_t time = times_said_++;
  const Slice message = is_coded(job_, time) ? outgoing_ : said_;
  if (changes_) {
    changes_->write(comm, time, parameters, message);
  } else {
    comm.compute({.memory_bytes = 2.0 * static_cast<double>(parameters.bytes())},
                 [&] { std::copy_n(parameters.f32(), parameters.count, message.f32()); });
  }
  return message;
}

Slice PairEnd::room() const { return is_coded(job_, times_heard_) ? incoming_ : heard_; }

void PairEnd::hear(Comm& comm) {
  const std::size_t time = times_heard_++;
  if (is_coded(job_, time)) take_changes(comm, job_, coding_, time, incoming_, heard_, comm.scratch(heard_.count()));
}

void PairEnd::move(Comm& comm, Slice parameters) const {
  const Slice from = changes_ ? changes_->known() : said_.slice(), to = heard_;
  const auto share = static_cast<float>(job_.strategy.get<ConsensusOption>().rate / 2);
  comm.compute(work_of_sum(parameters.bytes()), [&] {
    float* x = parameters.f32();
    for (std::size_t i = 0; i < parameters.count; ++i) x[i] += share * (to.f32()[i] - from.f32()[i]);
  });
}

void PairEnd::describe(State& state) {
  if (changes_) changes_->describe(state);
}

// What was heard, and what was said: the values, or what the other makes of what it was told.
Memory pair_memory(const Job& job, int rank) {
  const bool says_both = codec_choice(job) != nullptr && !is_coded(job, 0);
  return worker_memory(job, rank, ends_of(job, rank) * (says_both ? 3 : 2));
}

double pair_coding_memory(const Job& job, int rank) {
  return 2 * ends_of(job, rank) * message_bytes(job, {0, job.model.parameters});
}

}  // namespace tandem

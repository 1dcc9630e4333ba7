#include "algorithms/exchanges/averaging_server.h"

#include <algorithm>

#include "algorithms/exchanges/client_rounds.h"

namespace tandem {
namespace {

Range all_of(const Job& job) { return {0, job.model.parameters}; }

}  // namespace

AveragingServer::AveragingServer(Comm& comm, const Job& job)
    : comm_(comm),
      job_(job),
      model_(initial_buffer(comm, job, all_of(job))),
      theirs_(comm.make_buffer(job.model.parameters)) {
  if (codec_choice(job) == nullptr) return;
  coding_.emplace(comm, job, all_of(job), /*sender=*/0, Feedback::none);
  for (int client = 0; client < job.workers; ++client) {
    changes_.emplace_back(comm, job, all_of(job), /*sender=*/static_cast<std::uint64_t>(job.workers + client));
  }
}

void AveragingServer::average(std::size_t round) {
  const std::vector<std::size_t> clients = clients_of(job_, round);
  const std::vector<double> shares = shares_of(job_, clients, round);
  const std::size_t step = steps_of_round(job_, round).end - 1;
  const Slice model = model_, theirs = theirs_;
  const Buffer message = is_coded(job_, step) ? message_of(step) : Buffer();
  if (!is_coded(job_, step)) std::fill_n(model.f32(), model.is_phantom() ? 0 : model.count, 0.0F);
  for (std::size_t i = 0; i < clients.size(); ++i) {
    comm_.recv(static_cast<int>(clients[i]), kUpdateTag, is_coded(job_, step) ? message.slice() : theirs);
    if (is_coded(job_, step)) coding_->decode(comm_, step, message, theirs);
    comm_.compute(work_of_sum(model.bytes()), [&] {
      const auto weight = static_cast<float>(shares[i]);
      for (std::size_t k = 0; k < model.count; ++k) model.f32()[k] += weight * theirs.f32()[k];
    });
  }
}

void AveragingServer::tell(std::size_t round) {
  const std::size_t step = steps_of_round(job_, round).end - 1;
  std::vector<Buffer> messages;
  std::vector<Op> sends;
  for (const std::size_t client : clients_of(job_, round + 1)) {
    if (!changes_.empty()) changes_[client].write(comm_, step, model_, messages.emplace_back(message_of(step)));
    const Slice message = changes_.empty() ? model_ : messages.back();
    sends.push_back(comm_.isend(static_cast<int>(client), kModelTag, message));
  }
  comm_.wait_all(sends);
}

void AveragingServer::describe(State& state) {
  state.add_parameters(0, model_, Copy::owned);
  for (CodedChanges& changes : changes_) changes.describe(state);
}

Buffer AveragingServer::message_of(std::size_t step) const {
  const Form form = form_of(job_, all_of(job_), is_coded(job_, step));
  return comm_.make_buffer(form.count(), form.element);
}

Memory averaging_memory(const Job& job, int rank) {
  if (rank < job.workers) return worker_memory(job, rank);
  Memory memory = memory_of_parameters(job, static_cast<double>(job.model.parameters));
  memory.gradients = memory.optimizer = 0;
  memory.room = memory.parameters;
  return memory;
}

double averaging_coding_memory(const Job& job, int rank) {
  const Range all{0, job.model.parameters};
  const double message = message_bytes(job, all);
  if (rank < job.workers) return kept_bytes(job, all) + 2 * message;
  const double clients = static_cast<double>(clients_of(job, 0).size());
  return job.workers * static_cast<double>(bytes_of(all.size())) + (clients + 1) * message;
}

}  // namespace tandem

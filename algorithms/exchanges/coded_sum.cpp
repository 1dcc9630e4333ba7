#include "algorithms/exchanges/coded_sum.h"

#include "algorithms/collectives/collective_option.h"

namespace tandem {
namespace {

// Messages that nobody can add up travel by the chosen collective's all-gather, or a ring's where it has none.
const Collective& gathering(const Job& job) {
  const Collective& chosen = collective_of(job);
  return chosen.all_gather ? chosen : collective_named("ring");
}

}  // namespace

CodedSum::CodedSum(const Comm& comm, const Job& job, Range parameters) : job_(job), collective_(collective_of(job)) {
  if (codec_choice(job) == nullptr) return;
  coding_.emplace(comm, job, parameters, static_cast<std::uint64_t>(comm.rank()));
  const std::size_t messages = coding_->sums_in_flight() ? 1 : static_cast<std::size_t>(comm.size());
  messages_ = comm.make_buffer(messages * coding_->form().count(), coding_->form().element);
}

void CodedSum::run(Comm& comm, std::size_t step, Slice values) {
  if (!is_coded(job_, step)) return collective_.all_reduce.run(comm, values);
  coding_->sums_in_flight() ? sum_in_flight(comm, step, values) : gather_and_sum(comm, step, values);
}

void CodedSum::sum_in_flight(Comm& comm, std::size_t step, Slice values) {
  coding_->encode(comm, step, values, messages_, [&](Slice part) { collective_.all_reduce.run(comm, part); });
  coding_->decode(comm, step, messages_, values);
}

void CodedSum::gather_and_sum(Comm& comm, std::size_t step, Slice values) {
  const std::size_t count = coding_->form().count();
  const auto message = [&](int rank) { return messages_.slice().part(static_cast<std::size_t>(rank) * count, count); };
  coding_->encode(comm, step, values, message(comm.rank()));
  gathering(job_).all_gather.run(comm, messages_);
  coding_->begin(comm, values);
  for (int rank = 0; rank < comm.size(); ++rank) coding_->add(comm, step, message(rank), values);
  coding_->conclude(comm, values);
}

void CodedSum::describe(State& state) {
  if (coding_) coding_->describe(state);
}

double sum_memory(const Job& job, Range parameters) {
  const bool in_flight = codec_of(*codec_choice(job)).summing == Summing::in_flight;
  return kept_bytes(job, parameters) + (in_flight ? 1 : job.workers) * message_bytes(job, parameters);
}

Traffic of_elements(Traffic traffic, Element element) {
  const auto bytes = [&](std::uint64_t of_values) { return of_values / kBytesPerValue * size_of(element); };
  traffic.bytes_sent = bytes(traffic.bytes_sent);
  traffic.bytes_received = bytes(traffic.bytes_received);
  traffic.bytes_kept = bytes(traffic.bytes_kept);
  return traffic;
}

Traffic sum_traffic(const Job& job, Range parameters, int rank, bool is_coded) {
  const Form form = form_of(job, parameters, is_coded);
  const auto workers = static_cast<std::size_t>(job.workers);
  if (is_coded && codec_of(*codec_choice(job)).summing == Summing::decoded) {
    const CallShape shape = shape_of(job, workers * form.count());
    return of_elements(gathering(job).all_gather.traffic(shape, rank), form.element);
  }
  Traffic traffic;
  for (const std::size_t count : form.parts) {
    const CallShape shape = shape_of(job, count);
    traffic += of_elements(collective_of(job).all_reduce.traffic(shape, rank), form.element);
  }
  return traffic;
}

}  // namespace tandem

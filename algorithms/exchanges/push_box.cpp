#include "algorithms/exchanges/push_box.h"

#include <algorithm>

#include "algorithms/collectives/collective.h"

namespace tandem::parameter_server {
namespace {

void scale(Comm& comm, Slice gradient, float weight) {
  if (weight == 1) return;
  comm.compute({.memory_bytes = 2.0 * static_cast<double>(gradient.bytes())}, [&] {
    float* values = gradient.f32();
    for (std::size_t i = 0; i < gradient.count; ++i) values[i] *= weight;
  });
}

}  // namespace

PushBox::PushBox(const Comm& comm, const Job& job, const Shard& shard)
    : job_(job), shard_(shard), metas_(static_cast<std::size_t>(job.workers)) {
  std::size_t bytes = bytes_of(shard.range.size());
  if (codec_choice(job) != nullptr) {
    coding_.emplace(comm, job, shard.range, /*sender=*/0, Feedback::none);
    total_ = comm.make_buffer(shard.range.size());
    const std::size_t coded_bytes = bytes_of(coding_->form().count(), coding_->form().element);
    bytes = is_coded(job, 0) ? coded_bytes : std::max(bytes, coded_bytes);
  }
  rooms_.resize(metas_.size());
  for (const int worker : pushers_of(job)) {
    rooms_[static_cast<std::size_t>(worker)] = comm.make_buffer(bytes, Element::byte);
  }
}

Op PushBox::post(Comm& comm, int worker, std::size_t step) {
  return comm.irecv(worker, shard_.tag, message(worker, step), &metas_[static_cast<std::size_t>(worker)]);
}

Slice PushBox::message(int worker, std::size_t step) {
  const Form form = is_coded(job_, step) ? coding_->form() : form_of(job_, shard_.range, false);
  return {rooms_[static_cast<std::size_t>(worker)].slice().address, form.count(), form.element};
}

Slice PushBox::sum(Comm& comm, std::span<const Arrival> arrivals) {
  const auto message_of = [&](const Arrival& arrival) { return message(arrival.worker, arrival.step); };
  if (!coding_) {
    const Slice sum = message_of(arrivals.front());
    for (const Arrival& arrival : arrivals) {
      scale(comm, message_of(arrival), arrival.weight);
      if (arrival.worker != arrivals.front().worker) accumulate(comm, sum, message_of(arrival));
    }
    return sum;
  }
  coding_->begin(comm, total_);
  for (const Arrival& arrival : arrivals) {
    const bool is_plain = !is_coded(job_, arrival.step);
    if (!is_plain && arrival.weight == 1) {
      coding_->add(comm, arrival.step, message_of(arrival), total_);
      continue;
    }
    const Slice gradient = is_plain ? message_of(arrival) : comm.scratch(total_.count());
    if (!is_plain) coding_->decode(comm, arrival.step, message_of(arrival), gradient);
    scale(comm, gradient, arrival.weight);
    accumulate(comm, total_, gradient);
  }
  if (is_coded(job_, arrivals.back().step)) coding_->conclude(comm, total_);
  return total_;
}

}  // namespace tandem::parameter_server

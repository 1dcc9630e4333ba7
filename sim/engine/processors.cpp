#include "sim/engine/processors.h"

#include <algorithm>

#include "sim/engine/dates.h"

namespace tandem::sim {
namespace {

constexpr auto kShorter = [](const auto& one, const auto& other) { return one.left < other.left; };

}  // namespace

Processors::Processors(std::vector<double> flops_per_s, std::function<void(Stack&, double)> ended)
    : ended_(std::move(ended)) {
  for (const double speed : flops_per_s) processors_.push_back({speed});
}

double Processors::rate(const Processor& processor) {
  return processor.flops_per_s / static_cast<double>(processor.running.size());
}

void Processors::settle(Processor& processor, double now_s) {
  if (!processor.is_stopped) {
    for (Computation& each : processor.running) each.left -= (now_s - processor.since_s) * rate(processor);
  }
  processor.since_s = now_s;
}

void Processors::plan(int rank) {
  Processor& processor = processors_[static_cast<std::size_t>(rank)];
  ++processor.plan;
  if (processor.running.empty() || processor.is_stopped) return;
  const auto first = std::min_element(processor.running.begin(), processor.running.end(), kShorter);
  const double date_s = processor.since_s + std::max(first->left, 0.0) / rate(processor);
  ends_.push_back({date_s, ++ends_so_far_, rank, processor.plan});
  std::push_heap(ends_.begin(), ends_.end(), kLater);
}

void Processors::start(Stack& stack, double flops, double now_s) {
  Processor& processor = processors_[static_cast<std::size_t>(stack.rank())];
  settle(processor, now_s);
  processor.running.push_back({&stack, flops, flops});
  plan(stack.rank());
}

void Processors::set_stopped(int rank, bool is_stopped, double now_s) {
  Processor& processor = processors_[static_cast<std::size_t>(rank)];
  settle(processor, now_s);
  processor.is_stopped = is_stopped;
  plan(rank);
}

bool Processors::is_dropped(const End& end) const {
  return end.plan != processors_[static_cast<std::size_t>(end.rank)].plan;
}

double Processors::next_end_s() {
  while (!ends_.empty() && is_dropped(ends_.front())) {
    std::pop_heap(ends_.begin(), ends_.end(), kLater);
    ends_.pop_back();
  }
  return ends_.empty() ? kNoDeadline : ends_.front().date_s;
}

void Processors::play(double now_s) {
  while (next_end_s() <= now_s) end_first(ends_.front().rank, now_s);
}

// The shortest ends, and those that were as short.
void Processors::end_first(int rank, double now_s) {
  std::vector<Computation>& running = processors_[static_cast<std::size_t>(rank)].running;
  const double least = std::min_element(running.begin(), running.end(), kShorter)->left;
  for (Computation& each : running) each.left -= least;
  processors_[static_cast<std::size_t>(rank)].since_s = now_s;
  const auto has_ended = [](const Computation& each) { return each.left <= 0; };
  for (auto each = running.begin(); (each = std::find_if(each, running.end(), has_ended)) != running.end();) {
    const Computation ended = *each;
    each = running.erase(each);
    ended_(*ended.stack, ended.flops);
  }
  plan(rank);
}

}  // namespace tandem::sim

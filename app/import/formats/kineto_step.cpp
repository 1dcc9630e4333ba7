#include "app/import/formats/kineto_step.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <utility>

namespace tandem::formats {
namespace {

using Kind = KinetoEvent::Kind;

constexpr std::string_view kBackward = "autograd::engine::evaluate_function";
constexpr std::size_t kNone = static_cast<std::size_t>(-1);

struct Interval {
  double start_us, end_us;
};

double length_of(const std::vector<Interval>& apart) {
  double all = 0;
  for (const Interval& each : apart) all += each.end_us - each.start_us;
  return all;
}

std::vector<Interval> merged(std::vector<Interval> intervals) {
  std::sort(intervals.begin(), intervals.end(),
            [](const Interval& a, const Interval& b) { return a.start_us < b.start_us; });
  std::vector<Interval> apart;
  for (const Interval& next : intervals) {
    if (apart.empty() || next.start_us > apart.back().end_us) {
      apart.push_back(next);
    } else {
      apart.back().end_us = std::max(apart.back().end_us, next.end_us);
    }
  }
  return apart;
}

/// The part of `these` in which none of `others` runs: together without the others.
double without(const std::vector<Interval>& these, const std::vector<Interval>& others) {
  std::vector<Interval> all = these;
  all.insert(all.end(), others.begin(), others.end());
  return length_of(merged(std::move(all))) - length_of(merged(others));
}

bool is_communication(const std::string& name) {
  return name.find("nccl") != std::string::npos || name.find("rccl") != std::string::npos || name.starts_with("gloo:");
}

/// An operator that no other encloses, and what it costs.
struct Top {
  std::size_t event = 0;
  bool is_backward = false;
  std::int64_t sequence = -1;
  double cost_us = 0;
};

/// Which operators enclose which: on each thread an operator lies inside another one or beside it.
class Nesting {
 public:
  explicit Nesting(const KinetoTrace& trace) : trace_(trace), top_of_(trace.events.size(), kNone) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < trace.events.size(); ++i) {
      const Kind kind = trace.events[i].kind;
      if (kind == Kind::op || kind == Kind::launch) order.push_back(i);
    }
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      const KinetoEvent &x = trace.events[a], &y = trace.events[b];
      if (x.process != y.process) return x.process < y.process;
      if (x.thread != y.thread) return x.thread < y.thread;
      if (x.start_us != y.start_us) return x.start_us < y.start_us;
      return x.length_us > y.length_us;
    });
    for (const std::size_t i : order) place(i);
  }

  std::vector<Top> take_tops() { return std::move(tops_); }
  /// The index of the top that encloses an operator or launch, kNone where there is none.
  std::size_t top_of(std::size_t event) const { return top_of_[event]; }

 private:
  void place(std::size_t i) {
    const KinetoEvent& event = trace_.events[i];
    // "DistributedDataParallel.forward" and "Optimizer.step" are no operators, but wrap many.
    if (event.kind == Kind::op && trace_.name_of(event).find("::") == std::string::npos) return;
    const bool inside = !tops_.empty() && encloses(trace_.events[tops_.back().event], event);
    if (!inside) {
      if (event.kind != Kind::op) return;
      tops_.push_back({i, trace_.name_of(event).starts_with(kBackward), event.sequence, 0});
    }
    top_of_[i] = tops_.size() - 1;
  }

  static bool encloses(const KinetoEvent& outer, const KinetoEvent& inner) {
    return outer.process == inner.process && outer.thread == inner.thread && inner.start_us < outer.end_us();
  }

  const KinetoTrace& trace_;
  std::vector<std::size_t> top_of_;
  std::vector<Top> tops_;
};

class StepReader {
 public:
  StepReader(const KinetoTrace& trace, const InputFile& input) : trace_(trace), input_(input), nesting_(trace) {
    tops_ = nesting_.take_tops();
  }

  MeasuredStep read() {
    add_costs();
    find_steps();
    std::vector<std::vector<MeasuredLayer>> all;
    for (const Interval& step : steps_) all.push_back(layers_in(step));
    average(all);
    read_communication();
    return std::move(step_);
  }

 private:
  void add_costs() {
    std::unordered_map<std::int64_t, std::size_t> launched_in;
    for (std::size_t i = 0; i < trace_.events.size(); ++i) {
      const KinetoEvent& event = trace_.events[i];
      if (event.kind == Kind::launch && nesting_.top_of(i) != kNone)
        launched_in[event.correlation] = nesting_.top_of(i);
      if (event.kind == Kind::kernel) step_.on_device = true;
    }
    for (const KinetoEvent& event : trace_.events) {
      if (event.kind != Kind::kernel || is_communication(trace_.name_of(event))) continue;
      const auto found = launched_in.find(event.correlation);
      if (found != launched_in.end()) tops_[found->second].cost_us += event.length_us;
    }
    if (step_.on_device) return;
    for (Top& top : tops_) {
      const KinetoEvent& event = trace_.events[top.event];
      if (!is_communication(trace_.name_of(event))) top.cost_us = event.length_us;
    }
  }

  void find_steps() {
    double first = INFINITY, last = -INFINITY;
    for (const KinetoEvent& event : trace_.events) {
      if (event.kind == Kind::annotation && trace_.name_of(event).starts_with("ProfilerStep"))
        steps_.push_back({event.start_us, event.end_us()});
      first = std::min(first, event.start_us);
      last = std::max(last, event.end_us());
    }
    step_.has_step_marks = !steps_.empty();
    if (steps_.empty()) steps_.push_back({first, last});
    std::sort(steps_.begin(), steps_.end(),
              [](const Interval& a, const Interval& b) { return a.start_us < b.start_us; });
  }

  // Backward operators carry the sequence number of the forward operator that they belong to. An operator that records
  // no gradient has the number that the next one will get, so the last one of a number counts.
  std::vector<MeasuredLayer> layers_in(const Interval& step) {
    std::vector<std::size_t> forward, backward;
    for (std::size_t t = 0; t < tops_.size(); ++t) {
      const double start = trace_.events[tops_[t].event].start_us;
      if (start >= step.start_us && start < step.end_us) (tops_[t].is_backward ? backward : forward).push_back(t);
    }
    const auto earlier = [&](std::size_t a, std::size_t b) {
      return trace_.events[tops_[a].event].start_us < trace_.events[tops_[b].event].start_us;
    };
    std::sort(forward.begin(), forward.end(), earlier);
    std::sort(backward.begin(), backward.end(), earlier);
    std::vector<MeasuredLayer> layers;
    if (backward.empty()) return layers;
    const double turn_us = trace_.events[tops_[backward.front()].event].start_us;
    std::unordered_map<std::size_t, std::size_t> layer_of_top;
    for (const std::size_t t : forward) add_forward(t, turn_us, layers, layer_of_top);
    const std::unordered_map<std::int64_t, std::size_t> layer_of_sequence = sequences(step, layer_of_top);
    if (layers.empty()) return layers;
    std::size_t at = layers.size() - 1;
    for (const std::size_t t : backward) {
      const auto found = layer_of_sequence.find(tops_[t].sequence);
      if (found != layer_of_sequence.end()) at = found->second;
      layers[at].backward_us += tops_[t].cost_us;
      layers[at].last_backward_us = trace_.events[tops_[t].event].start_us - step.start_us;
    }
    return layers;
  }

  void add_forward(std::size_t t, double turn_us, std::vector<MeasuredLayer>& layers,
                   std::unordered_map<std::size_t, std::size_t>& layer_of_top) {
    const KinetoEvent& event = trace_.events[tops_[t].event];
    const std::string& name = trace_.name_of(event);
    const bool is_normalisation = name.find("norm") != std::string::npos;
    if (event.start_us >= turn_us) {
      step_.other_us += tops_[t].cost_us;
      return;
    }
    if (layers.empty() || (has_weights(name) && !is_normalisation)) {
      const std::size_t colon = name.rfind(':');
      layers.push_back({fmt::format("{}_{}", layers.size() + 1, name.substr(colon + 1))});
    }
    MeasuredLayer& layer = layers.back();
    layer.forward_us += tops_[t].cost_us;
    layer.is_weighted = layer.is_weighted || has_weights(name);
    if (event.weights >= 0) {
      layer.parameters += event.weights;
      step_.shapes_were_recorded = true;
    }
    layer_of_top[t] = layers.size() - 1;
  }

  std::unordered_map<std::int64_t, std::size_t> sequences(
      const Interval& step, const std::unordered_map<std::size_t, std::size_t>& layer_of_top) const {
    std::unordered_map<std::int64_t, std::pair<double, std::size_t>> last;
    for (std::size_t i = 0; i < trace_.events.size(); ++i) {
      const KinetoEvent& event = trace_.events[i];
      if (event.kind != Kind::op || event.sequence < 0) continue;
      if (event.start_us < step.start_us || event.start_us >= step.end_us) continue;
      const auto layer = layer_of_top.find(nesting_.top_of(i));
      if (layer == layer_of_top.end()) continue;
      auto& entry = last.try_emplace(event.sequence, -INFINITY, 0).first->second;
      if (event.start_us >= entry.first) entry = {event.start_us, layer->second};
    }
    std::unordered_map<std::int64_t, std::size_t> layers;
    for (const auto& [sequence, entry] : last) layers[sequence] = entry.second;
    return layers;
  }

  void average(const std::vector<std::vector<MeasuredLayer>>& all) {
    std::map<std::size_t, std::size_t> how_many;
    for (const auto& layers : all) {
      if (!layers.empty()) ++how_many[layers.size()];
    }
    if (how_many.empty()) {
      input_.refuse(
          fmt::format("no training step: of {} events none is a backward operator behind forward operators of its step",
                      trace_.all_events));
    }
    const std::size_t usual =
        std::max_element(how_many.begin(), how_many.end(), [](auto& a, auto& b) { return a.second < b.second; })->first;
    for (std::size_t s = 0; s < all.size(); ++s) {
      if (all[s].size() != usual) {
        ++step_.skipped;
        continue;
      }
      add(all[s], steps_[s]);
    }
    const double count = static_cast<double>(step_.steps);
    step_.length_us /= count;
    step_.other_us /= static_cast<double>(steps_.size());
    for (MeasuredLayer& layer : step_.layers) {
      layer.forward_us /= count;
      layer.backward_us /= count;
    }
  }

  void add(const std::vector<MeasuredLayer>& layers, const Interval& step) {
    step_.length_us += step.end_us - step.start_us;
    if (step_.steps++ == 0) {
      step_.layers = layers;
      first_ = step;
      return;
    }
    for (std::size_t i = 0; i < layers.size(); ++i) {
      step_.layers[i].forward_us += layers[i].forward_us;
      step_.layers[i].backward_us += layers[i].backward_us;
    }
  }

  void read_communication() {
    const double from = steps_.front().start_us, until = steps_.back().end_us;
    std::vector<Interval> communication, other;
    for (const KinetoEvent& event : trace_.events) {
      const std::string& name = trace_.name_of(event);
      if (event.kind == Kind::kernel && event.start_us >= from)
        (is_communication(name) ? communication : other).push_back({event.start_us, event.end_us()});
      const bool is_call = event.kind == Kind::annotation && is_communication(name);
      if (is_call) ++step_.collectives[name.substr(name.find(':') + 1)];
    }
    step_.communication_us = length_of(merged(communication)) / static_cast<double>(steps_.size());
    step_.exposed_us = without(communication, other) / static_cast<double>(steps_.size());
    step_.computing_us = length_of(merged(other)) / static_cast<double>(steps_.size());
    // Sizes stand at the call where PyTorch is new enough, else at the annotation around it.
    for (const Kind kind : {Kind::op, Kind::annotation}) {
      if (step_.bucket_bytes.empty()) read_buckets(kind, until);
    }
  }

  void read_buckets(Kind kind, double until) {
    std::vector<std::pair<double, double>> found;
    for (const KinetoEvent& event : trace_.events) {
      if (event.kind != kind || !event.is_all_reduce || event.elements <= 0 || event.start_us >= until) continue;
      if (event.start_us < first_.start_us || event.start_us >= first_.end_us) continue;
      found.emplace_back(event.start_us, event.elements * bytes_of_type(trace_.names[event.type]));
    }
    std::sort(found.begin(), found.end());
    for (const auto& [start_us, bytes] : found) {
      step_.bucket_bytes.push_back(bytes);
      if (!step_.shapes_were_recorded) share(bytes, start_us - first_.start_us);
    }
  }

  static double bytes_of_type(const std::string& type) {
    if (type == "Half" || type == "BFloat16") return 2;
    if (type == "Double" || type == "Long") return 8;
    if (type == "Char" || type == "Byte") return 1;
    return 4;
  }

  // A bucket holds gradients of the layers whose backward pass has begun since the bucket before it.
  void share(double bytes, double until_us) {
    std::vector<MeasuredLayer*> holders;
    for (MeasuredLayer& layer : step_.layers) {
      const bool since = layer.last_backward_us >= shared_until_us_ && layer.last_backward_us < until_us;
      if (layer.is_weighted && since) holders.push_back(&layer);
    }
    if (holders.empty() && !step_.layers.empty()) holders.push_back(&step_.layers.front());
    double weight = 0;
    for (const MeasuredLayer* layer : holders) weight += layer->backward_us;
    for (MeasuredLayer* layer : holders) {
      const double part = weight > 0 ? layer->backward_us / weight : 1 / static_cast<double>(holders.size());
      layer->parameters += bytes / 4 * part;
    }
    shared_until_us_ = until_us;
  }

  const KinetoTrace& trace_;
  const InputFile& input_;
  Nesting nesting_;
  std::vector<Top> tops_;
  std::vector<Interval> steps_;
  Interval first_{0, 0};
  double shared_until_us_ = -INFINITY;
  MeasuredStep step_;
};

}  // namespace

MeasuredStep measured_step(const KinetoTrace& trace, const InputFile& input) { return StepReader(trace, input).read(); }

}  // namespace tandem::formats

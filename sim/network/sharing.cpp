#include "sim/network/sharing.h"

#include <algorithm>
#include <cmath>

#include "core/errors.h"

namespace tandem::sim {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Sums of rates are kept up by adding and subtracting, which loses a few of a double's 16 digits.
constexpr double kFull = 1 + 1e-11;
// Two levels that differ by less are the same: what rounding leaves must not send flows back and forth.
constexpr double kSame = 1e-12;

constexpr auto kLaterEnd = [](const auto& one, const auto& other) {
  return one.bytes != other.bytes ? one.bytes > other.bytes : one.sequence > other.sequence;
};
constexpr auto kLaterDate = [](const auto& one, const auto& other) {
  return one.date_s != other.date_s ? one.date_s > other.date_s : one.link > other.link;
};

}  // namespace

// As for SimGrid; late in a long run a double tells no finer.
double Sharing::precision_s() const { return std::max(1e-11, now_s_ * 1e-15); }

Sharing::LinkId Sharing::add(double bandwidth_bytes_per_s, bool is_fat_pipe) {
  const auto id = static_cast<LinkId>(links_.size());
  links_.emplace_back();
  links_.back().is_fat_pipe = is_fat_pipe;
  levels_.push_back(kInfinity);
  passing_.push_back(0);
  allowed_.push_back(0);
  set_bandwidth(id, bandwidth_bytes_per_s);
  return id;
}

void Sharing::set_bandwidth(LinkId id, double bandwidth_bytes_per_s) {
  links_[id].bandwidth_bytes_per_s = bandwidth_bytes_per_s;
  queue(id);
}

Sharing::FlowId Sharing::start(Transfer transfer, double bytes, std::span<const Use> path) {
  if (free_flows_.empty()) {
    free_flows_.push_back(static_cast<FlowId>(flows_.size()));
    flows_.emplace_back();
  }
  const FlowId id = free_flows_.back();
  free_flows_.pop_back();
  Flow& flow = flows_[id];
  flow.transfer = transfer;
  flow.sequence = ++sequences_;
  flow.path.clear();
  for (const Use& use : path) flow.path.push_back({use.link, use.weight});
  bind(id, likely_bottleneck(path), bytes);
  for (const Use& use : path) queue(use.link);
  return id;
}

Sharing::Stopped Sharing::stop(FlowId id) {
  for (const Hop& hop : flows_[id].path) queue(hop.link);
  const Transfer transfer = flows_[id].transfer;
  const double bytes_left = std::max(0.0, unbind(id));
  free_flows_.push_back(id);
  return {transfer, bytes_left};
}

// A guess: settle corrects it.
Sharing::LinkId Sharing::likely_bottleneck(std::span<const Use> path) const {
  LinkId likely = path.front().link;
  double lowest = kInfinity;
  for (const auto& [id, weight] : path) {
    const Link& link = links_[id];
    const double left = link.bandwidth_bytes_per_s - passing_[id];
    const double level = link.is_fat_pipe ? link.bandwidth_bytes_per_s : left / (link.weight + weight);
    if (level >= lowest) continue;
    lowest = level;
    likely = id;
  }
  return likely;
}

std::vector<Transfer> Sharing::take_ended() {
  std::vector<FlowId> ended;
  while (next_end_s() <= now_s_ + precision_s()) {
    const LinkId id = next_ends_.front().link;
    std::pop_heap(next_ends_.begin(), next_ends_.end(), kLaterDate);
    next_ends_.pop_back();
    Link& link = links_[id];
    count(link);
    const double until = link.bytes + link.rate * precision_s();
    while (!link.ends.empty() && (link.ends.front().bytes <= until || !is_current(link.ends.front()))) {
      if (is_current(link.ends.front())) ended.push_back(link.ends.front().flow);
      std::pop_heap(link.ends.begin(), link.ends.end(), kLaterEnd);
      link.ends.pop_back();
    }
    queue(id);
  }
  std::sort(ended.begin(), ended.end(),
            [&](FlowId one, FlowId other) { return flows_[one].sequence < flows_[other].sequence; });
  std::vector<Transfer> transfers;
  for (const FlowId id : ended) {
    transfers.push_back(flows_[id].transfer);
    for (const Hop& hop : flows_[id].path) queue(hop.link);
    unbind(id);
    free_flows_.push_back(id);
  }
  return transfers;
}

double Sharing::next_end_s() {
  while (!next_ends_.empty() && next_ends_.front().stamp != links_[next_ends_.front().link].stamp) {
    std::pop_heap(next_ends_.begin(), next_ends_.end(), kLaterDate);
    next_ends_.pop_back();
  }
  return next_ends_.empty() ? kInfinity : next_ends_.front().date_s;
}

void Sharing::settle() {
  const std::size_t most = 1'000'000 + 1000 * links_.size();
  for (std::size_t i = 0; i < queue_.size(); ++i) {
    if (i > most) broken_invariant("the rates of flows do not settle");
    solve(queue_[i]);
  }
  queue_.clear();
}

void Sharing::queue(LinkId id) {
  if (links_[id].is_queued) return;
  links_[id].is_queued = true;
  queue_.push_back(id);
}

void Sharing::count(Link& link) {
  if (link.bound == 0) link.bytes = 0;
  link.bytes += link.rate * (now_s_ - link.counted_until_s) * (link.bound == 0 ? 0 : 1);
  link.counted_until_s = now_s_;
}

void Sharing::add_passing(LinkId id, double bytes_per_s) {
  passing_[id] += bytes_per_s;
  if (passing_[id] > allowed_[id]) queue(id);
}

void Sharing::bind(FlowId id, LinkId bottleneck, double bytes_left) {
  Flow& flow = flows_[id];
  Link& link = links_[bottleneck];
  count(link);
  flow.bottleneck = bottleneck;
  flow.binding = ++bindings_;
  flow.end_bytes = link.bytes + bytes_left;
  link.ends.push_back({flow.end_bytes, flow.sequence, flow.binding, id});
  std::push_heap(link.ends.begin(), link.ends.end(), kLaterEnd);
  link.bound += 1;
  for (std::uint32_t i = 0; i < flow.path.size(); ++i) {
    Hop& hop = flow.path[i];
    if (hop.link == bottleneck) {
      link.weight += hop.weight;
      continue;
    }
    std::vector<Stop>& passing = links_[hop.link].passing;
    hop.beyond = static_cast<std::uint32_t>(link.beyond.size());
    hop.passing = static_cast<std::uint32_t>(passing.size());
    link.beyond.push_back({id, i, hop.link, hop.weight});
    passing.push_back({id, i, hop.link, hop.weight});
    add_passing(hop.link, hop.weight * link.rate);
  }
  queue(bottleneck);
}

// Returns the bytes that are left.
double Sharing::unbind(FlowId id) {
  Flow& flow = flows_[id];
  Link& link = links_[flow.bottleneck];
  count(link);
  const double bytes_left = flow.end_bytes - link.bytes;
  flow.binding = 0;
  link.bound -= 1;
  for (Hop& hop : flow.path) {
    if (hop.link == flow.bottleneck) {
      link.weight -= hop.weight;
      continue;
    }
    unlist(link.beyond, hop.beyond, &Hop::beyond);
    unlist(links_[hop.link].passing, hop.passing, &Hop::passing);
    add_passing(hop.link, -hop.weight * link.rate);
    if (links_[hop.link].passing.empty()) passing_[hop.link] = 0;
  }
  if (link.bound == 0) {
    link.weight = 0;
    link.ends.clear();
  }
  queue(flow.bottleneck);
  return bytes_left;
}

void Sharing::unlist(std::vector<Stop>& stops, std::uint32_t place, std::uint32_t Hop::*place_of) {
  stops[place] = stops.back();
  flows_[stops[place].flow].path[stops[place].hop].*place_of = place;
  stops.pop_back();
}

// Brings a link's level into line with those of the others. Each round of the loop raises the level, whether flows are
// given away (they take less than it) or pulled (they bring along more than it), so it ends.
void Sharing::solve(LinkId id) {
  Link& link = links_[id];
  count(link);
  if (link.is_fat_pipe) {
    const double level = link.bandwidth_bytes_per_s;
    if (link.rate != level) {
      while (give_away(id, level) || pull(id, level)) {
      }
      set_level(id, level);
    }
    allowed_[id] = kInfinity;
  } else {
    const double full = link.bandwidth_bytes_per_s * kFull;
    if (link.bound == 0 && passing_[id] > full) saturate(id);
    double level = kInfinity;
    while (link.bound > 0) {
      level = (link.bandwidth_bytes_per_s - passing_[id]) / link.weight;
      if (!give_away(id, level) && !pull(id, level)) break;
      level = kInfinity;
    }
    set_level(id, level);
    allowed_[id] = link.bound > 0 ? -kInfinity : full;
  }
  note_next_end(id);
  link.is_queued = false;
}

// Passing flows want more than there is: those above an even share have their bottleneck here.
void Sharing::saturate(LinkId id) {
  double weight = 0;
  for (const Stop& stop : links_[id].passing) weight += stop.weight;
  pull(id, links_[id].bandwidth_bytes_per_s / weight);
}

// Flows that get less elsewhere than `level`.
bool Sharing::give_away(LinkId id, double level) {
  const std::vector<Stop>& beyond = links_[id].beyond;
  bool has_changed = false;
  for (std::size_t i = beyond.size(); i-- > 0;) {
    if (i >= beyond.size() || levels_[beyond[i].link] >= level * (1 - kSame)) continue;
    const FlowId flow = beyond[i].flow;
    LinkId narrowest = beyond[i].link;
    for (const Hop& hop : flows_[flow].path) {
      if (hop.link != id && levels_[hop.link] < levels_[narrowest]) narrowest = hop.link;
    }
    move(flow, narrowest);
    has_changed = true;
  }
  return has_changed;
}

// Flows that get more elsewhere than `level`.
bool Sharing::pull(LinkId id, double level) {
  const std::vector<Stop>& passing = links_[id].passing;
  bool has_changed = false;
  for (std::size_t i = passing.size(); i-- > 0;) {
    const FlowId flow = passing[i].flow;
    if (links_[flows_[flow].bottleneck].rate <= level * (1 + kSame)) continue;
    move(flow, id);
    has_changed = true;
  }
  return has_changed;
}

void Sharing::set_level(LinkId id, double level) {
  Link& link = links_[id];
  const bool is_bottleneck = link.bound > 0 || link.is_fat_pipe;
  const double rate = is_bottleneck ? level : 0;
  levels_[id] = is_bottleneck ? level : kInfinity;
  const double change = rate - link.rate;
  if (std::abs(change) <= kSame * 0.1 * link.rate) {
    if (is_bottleneck) levels_[id] = link.rate;
    return;
  }
  link.rate = rate;
  for (const Stop& stop : link.beyond) {
    passing_[stop.link] += stop.weight * change;
    if (passing_[stop.link] > allowed_[stop.link]) queue(stop.link);
  }
}

void Sharing::note_next_end(LinkId id) {
  Link& link = links_[id];
  while (!link.ends.empty() && !is_current(link.ends.front())) {
    std::pop_heap(link.ends.begin(), link.ends.end(), kLaterEnd);
    link.ends.pop_back();
  }
  link.stamp = ++stamps_;
  if (link.ends.empty() || !(link.rate > 0)) return;
  const double bytes_left = std::max(0.0, link.ends.front().bytes - link.bytes);
  next_ends_.push_back({now_s_ + bytes_left / link.rate, link.stamp, id});
  std::push_heap(next_ends_.begin(), next_ends_.end(), kLaterDate);
}

}  // namespace tandem::sim

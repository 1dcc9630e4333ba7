// Who gets which part of a link: max-min fair rates of flows over links, kept up to date from change to change. Pure
// arithmetic on flows and seconds; docs/decisions/0009-own-sharing-in-sim.md says why it is not SimGrid's.
//
// Each link has a level: what a flow gets that no other link holds back more. A flow's rate is the lowest level on its
// path; that link is its bottleneck, and
//     level = (bandwidth - what flows with another bottleneck take) / (weight of the flows with this one).
// A link that nobody has for a bottleneck has an infinite level, and bandwidth to spare. These conditions have one
// solution, the max-min fair one (Bertsekas and Gallager, Data Networks, 6.5.2). After a change only links whose level
// changes are visited (Charny, Clark and Jain, ICC 1995).
//
// All flows of a bottleneck advance alike. So a link counts the bytes that such a flow has had since the beginning, and
// a flow knows at which count it ends: a new level changes one number, not one for each flow.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <span>
#include <vector>

namespace tandem::sim {

struct Message;
struct Route;

/// What a flow moves, and over which route; the caller gets it back when the flow has ended.
struct Transfer {
  Message* message = nullptr;
  Route* route = nullptr;
};

class Sharing {
 public:
  using LinkId = std::uint32_t;
  using FlowId = std::uint32_t;

  /// The part of a link that a flow takes for each byte that it moves: 1, or less for acknowledgements.
  struct Use {
    LinkId link;
    double weight;
  };

  LinkId add_link(double bandwidth_bytes_per_s) { return add(bandwidth_bytes_per_s, false); }
  /// It limits each of its flows, not their sum.
  LinkId add_fat_pipe(double bandwidth_bytes_per_s) { return add(bandwidth_bytes_per_s, true); }

  /// What follows happens at that date. Dates never decrease.
  void advance(double now_s) { now_s_ = now_s; }
  void set_bandwidth(LinkId link, double bandwidth_bytes_per_s);
  /// `bytes` are positive, `path` is not empty and no link is in it twice.
  FlowId start(Transfer transfer, double bytes, std::span<const Use> path);
  struct Stopped {
    Transfer transfer;
    double bytes;
  };
  /// Takes out a flow that has not ended, with the bytes that it had left. Returned ids are used again.
  Stopped stop(FlowId id);
  /// Takes out the flows that end now or within a precision of now, in the order started.
  std::vector<Transfer> take_ended();
  /// Works out the rates that hold from now on. Required after the changes of a date, before the next date.
  void settle();
  /// When the next flow ends; infinite when there is none. Requires that rates are settled.
  double next_end_s();
  double bandwidth_bytes_per_s(LinkId link) const { return links_[link].bandwidth_bytes_per_s; }
  /// Ends that are closer than this are one event.
  double precision_s() const;

 private:
  /// One hop of a flow, in the lists of links below.
  struct Stop {
    FlowId flow;
    std::uint32_t hop;
    LinkId link;
    double weight;
  };
  struct Hop {
    LinkId link;
    double weight;
    std::uint32_t beyond = 0, passing = 0;  ///< places in the two lists, if this link is not the bottleneck
  };
  struct Flow {
    Transfer transfer;
    std::uint64_t sequence = 0;
    std::uint64_t binding = 0;  ///< changes with the bottleneck; 0: none
    double end_bytes = 0;       ///< on the bottleneck's count
    LinkId bottleneck = 0;
    std::vector<Hop> path;
  };
  struct End {
    double bytes;
    std::uint64_t sequence, binding;
    FlowId flow;
  };
  struct Link {
    double bandwidth_bytes_per_s = 0;
    bool is_fat_pipe = false;
    bool is_queued = false;
    std::uint32_t bound = 0;  ///< flows that have their bottleneck here; of these:
    double weight = 0;        ///< all together
    double rate = 0;          ///< each flow's, in bytes/s
    double bytes = 0;         ///< that each has had, until `counted_until_s`
    double counted_until_s = 0;
    std::vector<End> ends;      ///< a heap, the first to end in front; with entries of flows that have moved on
    std::vector<Stop> beyond;   ///< their other hops
    std::vector<Stop> passing;  ///< hops here of flows with another bottleneck
    std::uint64_t stamp = 0;    ///< marks its entry in `next_ends_` that counts
  };
  struct NextEnd {
    double date_s;
    std::uint64_t stamp;
    LinkId link;
  };

  LinkId add(double bandwidth_bytes_per_s, bool is_fat_pipe);
  LinkId likely_bottleneck(std::span<const Use> path) const;
  void bind(FlowId id, LinkId bottleneck, double bytes_left);
  double unbind(FlowId id);
  void move(FlowId id, LinkId bottleneck) { bind(id, bottleneck, unbind(id)); }
  void unlist(std::vector<Stop>& stops, std::uint32_t place, std::uint32_t Hop::*place_of);
  void count(Link& link);
  void queue(LinkId id);
  void add_passing(LinkId id, double bytes_per_s);

  void solve(LinkId id);
  void saturate(LinkId id);
  bool give_away(LinkId id, double level);
  bool pull(LinkId id, double level);
  void set_level(LinkId id, double level);
  void note_next_end(LinkId id);
  bool is_current(const End& end) const { return flows_[end.flow].binding == end.binding; }

  std::vector<Link> links_;
  // By link and apart from it: a new level of one link may read them for a thousand others.
  std::vector<double> levels_;   ///< infinite: nobody's bottleneck
  std::vector<double> passing_;  ///< bytes/s of the flows with another bottleneck
  std::vector<double> allowed_;  ///< more of `passing_` makes the link look again

  std::deque<Flow> flows_;
  std::vector<FlowId> free_flows_;
  std::vector<LinkId> queue_;
  std::vector<NextEnd> next_ends_;  ///< a heap, the first in front
  std::uint64_t sequences_ = 0, bindings_ = 0, stamps_ = 0;
  double now_s_ = 0;
};

}  // namespace tandem::sim

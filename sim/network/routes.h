// What lies between two ranks, in the terms of sharing.h: which links a flow takes, which part of a link that others
// take, too, and how much at most.
//
// The neutral model shares every link equally. SimGrid's lv08 gives a flow a weight of
//     1 / (latency + sum over its links of 20537 bytes / bandwidth),
// or 1 without latency, and no more than a TCP window in two latencies. Sharing knows no weights: a flow of weight w is
// told to it as bytes / w, each of which takes w of a link.
#pragma once

#include <cstdint>
#include <optional>
#include <simgrid/s4u.hpp>
#include <unordered_map>
#include <vector>

#include "sim/network/platform.h"
#include "sim/network/sharing.h"

namespace tandem::sim {

struct Route {
  int from_rank = 0, to_rank = 0;
  double stated_latency_s = 0;  ///< without the model's factor
  double latency_s = 0;
  double weight = 1;
  std::vector<Sharing::Use> path;  ///< what a byte divided by the weight takes of each link
  std::optional<double> most_bytes_per_s;
  std::optional<Sharing::LinkId> limit;  ///< a fat pipe of this route alone: windows, losses, fat pipes of the platform
  double bytes_carried = 0;
  double buffered_bytes = 0;  ///< what messages under way hold whose sends are complete
  int buffered_messages = 0;  ///< those messages

  // The messages that cross it, one after the other.
  std::optional<Sharing::FlowId> moving;
  double moving_weight = 1;          ///< the moving flow's, which began when the route may have had another
  std::optional<double> bytes_left;  ///< what the first that waits has left, if some has moved
  std::vector<Message*> waiting;     ///< their own latency behind them, in the order in which they come
};

class Routes {
 public:
  Routes(const Platform& platform, const NetworkModel& model, Sharing& sharing)
      : platform_(platform), model_(model), sharing_(sharing) {}

  /// The same each time. Throws RunFailed when the platform has none.
  Route& between(int from, int to);
  /// A further one between the same ranks, of which a flow takes no more than `most`, for as long as the caller wants.
  void lay_apart(Route& route, int from, int to, std::optional<double> most_bytes_per_s);
  /// Brings the latency up to date: a platform file may change it.
  void refresh_latency(Route& route);

  /// A link has another bandwidth. Sharing must be told the date before, and settled afterwards.
  void link_has_changed(const simgrid::s4u::Link& link);

  /// Seconds that a link needs for a byte of each of these routes, the slowest link counting, while nothing else moves.
  double s_per_byte(const std::vector<const Route*>& routes) const;

  const std::unordered_map<std::uint64_t, Route>& all() const { return routes_; }
  std::unordered_map<std::uint64_t, Route>& all() { return routes_; }

 private:
  void lay(Route& route);
  bool may_lose(const Route& route) const;
  double limit_by_losses(const Route& route, const std::vector<simgrid::s4u::Link*>& links) const;
  double weight_of(const Route& route, const std::vector<simgrid::s4u::Link*>& links) const;
  void set_limit(Route& route, const std::vector<simgrid::s4u::Link*>& links);
  Sharing::LinkId shared_link(const simgrid::s4u::Link& link);
  std::vector<simgrid::s4u::Link*> links_between(int from, int to) const;

  const Platform& platform_;
  NetworkModel model_;
  Sharing& sharing_;
  std::unordered_map<std::uint64_t, Route> routes_;
  std::unordered_map<const simgrid::s4u::Link*, Sharing::LinkId> shared_links_;
  /// The routes that a change of the link's bandwidth changes beyond the link itself.
  std::unordered_map<const simgrid::s4u::Link*, std::vector<Route*>> dependents_;
};

}  // namespace tandem::sim

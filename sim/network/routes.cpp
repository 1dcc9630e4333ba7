#include "sim/network/routes.h"

#include <algorithm>

#include "sim/network/losses.h"

namespace tandem::sim {
namespace {

namespace sg = simgrid::s4u;

// SimGrid's: acknowledgements take this part of a flow on its way back.
constexpr double kCrossTraffic = 0.05;

// SimGrid's network/weight-S, fitted to packet-level simulations (Velho and Legrand, SIMUTools 2009).
constexpr double kWeight_bytes = 20537;

bool is_fat_pipe(const sg::Link& link) { return link.get_sharing_policy() == sg::Link::SharingPolicy::FATPIPE; }

}  // namespace

Route& Routes::between(int from, int to) {
  const std::uint64_t key = std::uint64_t{static_cast<std::uint32_t>(from)} << 32 | static_cast<std::uint32_t>(to);
  if (const auto known = routes_.find(key); known != routes_.end()) return known->second;
  if (from != to) platform_.latency_s(from, to);  // throws where a platform file has no route
  Route& route = routes_[key];
  lay_apart(route, from, to, std::nullopt);
  return route;
}

void Routes::lay_apart(Route& route, int from, int to, std::optional<double> most_bytes_per_s) {
  route.from_rank = from, route.to_rank = to;
  route.most_bytes_per_s = most_bytes_per_s;
  if (from == to) return;
  lay(route);
  const bool depends_on_all = route.weight != 1 || may_lose(route);
  for (const sg::Link* link : links_between(from, to)) {
    if (depends_on_all || is_fat_pipe(*link)) dependents_[link].push_back(&route);
  }
}

std::vector<sg::Link*> Routes::links_between(int from, int to) const {
  std::vector<sg::Link*> links;
  platform_.hosts[static_cast<std::size_t>(from)]->route_to(platform_.hosts[static_cast<std::size_t>(to)], links,
                                                            nullptr);
  return links;
}

// With the links as they are now.
void Routes::lay(Route& route) {
  route.stated_latency_s = platform_.latency_s(route.from_rank, route.to_rank);
  route.latency_s = route.stated_latency_s * model_.latency_factor;
  const std::vector<sg::Link*> links = links_between(route.from_rank, route.to_rank);
  route.weight = weight_of(route, links);
  route.path.clear();
  const auto use = [&](const sg::Link& link, double part) {
    if (is_fat_pipe(link)) return;  // part of the limit
    const Sharing::LinkId id = shared_link(link);
    const auto known = std::ranges::find(route.path, id, &Sharing::Use::link);
    if (known == route.path.end()) {
      route.path.push_back({id, part * route.weight});
    } else {
      known->weight += part * route.weight;
    }
  };
  for (const sg::Link* link : links) use(*link, 1);
  if (model_.cross_traffic) {
    for (const sg::Link* link : links_between(route.to_rank, route.from_rank)) use(*link, kCrossTraffic);
  }
  set_limit(route, links);
}

bool Routes::may_lose(const Route& route) const {
  return !platform_.losses.empty() &&
         may_lose_between(platform_.losses, *platform_.interconnect, route.from_rank, route.to_rank);
}

// What TCP leaves to the one connection that a route is. Where packets may be lost at other times there is a limit
// always, which then holds nothing back.
double Routes::limit_by_losses(const Route& route, const std::vector<sg::Link*>& links) const {
  if (!may_lose(route)) return kNoDeadline;
  constexpr double kMargin_s = 1e-10;  // SimGrid's clock may be a rounding before the date of a change
  const double now_s = sg::Engine::get_clock() + kMargin_s;
  const double loss = loss_between(platform_.losses, *platform_.interconnect, route.from_rank, route.to_rank, now_s);
  double most = tcp_rate_bytes_per_s(loss, 2 * route.stated_latency_s);
  for (const sg::Link* link : links) most = std::min(most, link->get_bandwidth() * model_.bandwidth_factor);
  return most;
}

double Routes::weight_of(const Route& route, const std::vector<sg::Link*>& links) const {
  if (model_.name != "lv08" || route.stated_latency_s == 0) return 1;
  double penalty_s = route.stated_latency_s;
  for (const sg::Link* link : links) penalty_s += kWeight_bytes / link->get_bandwidth();
  return 1 / penalty_s;
}

void Routes::set_limit(Route& route, const std::vector<sg::Link*>& links) {
  double most = std::min(route.most_bytes_per_s.value_or(kNoDeadline), limit_by_losses(route, links));
  for (const sg::Link* link : links) {
    if (is_fat_pipe(*link)) most = std::min(most, link->get_bandwidth() * model_.bandwidth_factor);
  }
  // A route without links has a latency and no rate, as in SimGrid's Vivaldi zones of hosts: not even a window's.
  const auto window = platform_.window_bytes_per_s(route.from_rank, route.to_rank);
  if (window && !links.empty()) most = std::min(most, *window * model_.bandwidth_factor);
  if (most == kNoDeadline) return;
  if (route.limit) {
    sharing_.set_bandwidth(*route.limit, most / route.weight);
  } else {
    route.limit = sharing_.add_fat_pipe(most / route.weight);
  }
  route.path.push_back({*route.limit, 1});
}

Sharing::LinkId Routes::shared_link(const sg::Link& link) {
  const auto [found, is_new] = shared_links_.try_emplace(&link);
  if (is_new) found->second = sharing_.add_link(link.get_bandwidth() * model_.bandwidth_factor);
  return found->second;
}

void Routes::refresh_latency(Route& route) {
  if (platform_.interconnect != nullptr || route.from_rank == route.to_rank) return;
  if (platform_.latency_s(route.from_rank, route.to_rank) != route.stated_latency_s) lay(route);
}

void Routes::link_has_changed(const sg::Link& link) {
  const auto shared = shared_links_.find(&link);
  if (shared != shared_links_.end())
    sharing_.set_bandwidth(shared->second, link.get_bandwidth() * model_.bandwidth_factor);
  const auto dependents = dependents_.find(&link);
  if (dependents == dependents_.end()) return;
  for (Route* route : dependents->second) {
    lay(*route);
    if (!route->moving || route->moving_weight == route->weight) continue;
    const Sharing::Stopped stopped = sharing_.stop(*route->moving);
    const double bytes_left = stopped.bytes * route->moving_weight;
    route->moving = sharing_.start(stopped.transfer, bytes_left / route->weight, route->path);
    route->moving_weight = route->weight;
  }
}

double Routes::s_per_byte(const std::vector<const Route*>& routes) const {
  double most = 0;
  std::unordered_map<Sharing::LinkId, double> parts;
  for (const Route* route : routes) {
    for (const Sharing::Use& use : route->path) {
      if (use.link == route->limit) {
        most = std::max(most, 1 / (sharing_.bandwidth_bytes_per_s(use.link) * route->weight));
      } else {
        parts[use.link] += use.weight / route->weight;
      }
    }
  }
  for (const auto& [link, part] : parts) most = std::max(most, part / sharing_.bandwidth_bytes_per_s(link));
  return most;
}

}  // namespace tandem::sim

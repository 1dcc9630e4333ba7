#include "app/run/link_routes.h"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <string_view>
#include <tuple>
#include <utility>

#include "sim/network/interconnect.h"

namespace tandem {
namespace {

/// "host-3-up" and "host-3-down" are the directions of the cable "host-3".
std::string cable_of(std::string_view link) { return std::string(link.substr(0, link.rfind('-'))); }

/// Leaves out the cables that no route passes.
void keep_used(const std::vector<sim::DirectedLink>& links, LinkRoutes& found) {
  std::vector<bool> is_used(links.size() / 2);
  for (const auto& route : found.routes) {
    for (const std::size_t link : route) is_used[link / 2] = true;
  }
  std::vector<std::size_t> place(is_used.size());
  for (std::size_t cable = 0; cable < is_used.size(); ++cable) {
    if (!is_used[cable]) continue;
    place[cable] = found.cables.size();
    found.cables.push_back(cable_of(links[2 * cable].name));
    for (const std::size_t link : {2 * cable, 2 * cable + 1})
      found.bandwidths_bytes_per_s.push_back(links[link].bandwidth_bytes_per_s);
  }
  for (auto& route : found.routes) {
    for (std::size_t& link : route) link = 2 * place[link / 2] + link % 2;
  }
}

}  // namespace

LinkRoutes link_routes(const Cluster& cluster, int ranks, const std::vector<Flight>& flights) {
  const sim::Interconnect network(cluster, ranks);
  LinkRoutes found;
  std::map<std::pair<int, int>, std::size_t> known;
  for (const Flight& flight : flights) {
    const auto [route, is_new] = known.try_emplace({flight.from, flight.to}, found.routes.size());
    found.of_flight.push_back(route->second);
    if (!is_new) continue;
    // What a rank sends to itself passes no link.
    const sim::Path path = flight.from == flight.to ? sim::Path{} : network.path(flight.from, flight.to);
    found.routes.push_back(path.links);
    found.latencies_s.push_back(path.latency_s);
  }
  keep_used(network.links(), found);
  return found;
}

std::vector<double> beginnings_of_moves(const std::vector<Flight>& flights, const std::vector<double>& latencies_s) {
  std::vector<std::size_t> order(flights.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, {}, [&](std::size_t i) {
    const Flight& flight = flights[i];
    return std::tuple(flight.from, flight.to, flight.start_s, flight.moved_s);
  });
  std::vector<double> begins(flights.size());
  double free_s = 0;
  for (std::size_t place = 0; place < order.size(); ++place) {
    const Flight& flight = flights[order[place]];
    const Flight* before = place > 0 ? &flights[order[place - 1]] : nullptr;
    if (before == nullptr || before->from != flight.from || before->to != flight.to)
      free_s = -std::numeric_limits<double>::infinity();
    const double latency_s = latencies_s.empty() ? 0 : latencies_s[order[place]];
    begins[order[place]] = std::clamp(free_s, std::min(flight.start_s + latency_s, flight.moved_s),
                                      std::max(flight.start_s, flight.moved_s));
    free_s = std::max(free_s, flight.moved_s);
  }
  return begins;
}

}  // namespace tandem

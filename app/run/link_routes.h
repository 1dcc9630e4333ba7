// Which links the messages of a traced run passed, for the report's page.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "app/run/flights.h"
#include "core/cluster.h"

namespace tandem {

/// The links that carried something. Each is a cable with two directions: out of a host or up, and in or down.
struct LinkRoutes {
  std::vector<std::string> cables;
  std::vector<double> bandwidths_bytes_per_s;    ///< two per cable
  std::vector<std::vector<std::size_t>> routes;  ///< directions of cables, as indices into bandwidths
  std::vector<std::size_t> of_flight;            ///< per flight, its route
  std::vector<double> latencies_s;               ///< per route, as stated
};

/// By the cluster's topology; the cluster has no platform file.
LinkRoutes link_routes(const Cluster& cluster, int ranks, const std::vector<Flight>& flights);

/// When the bytes of each flight began to move, where messages are simulated: not before its latency has passed, nor
/// before those of an earlier message of its pair of ranks have moved. `latencies_s` has an entry per flight, or none.
std::vector<double> beginnings_of_moves(const std::vector<Flight>& flights, const std::vector<double>& latencies_s);

}  // namespace tandem

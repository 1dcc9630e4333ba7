// Gives a network a topology with its options, which only the topology's own file knows as a struct.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "sim/network/topology.h"

namespace tandem {

/// As a scenario would: set_topology(network, "two-tier", "{hosts_per_rack: 4}"). Options left out have their defaults.
inline void set_topology(Network& network, const std::string& name, const std::string& options = "{}") {
  const Source source{.name = "options", .text = options};
  Diagnostics diagnostics;
  const Value value = parse_yaml(source, diagnostics);
  Reader reader(diagnostics, value.position);
  network.topology = name;
  topologies().find(name)->read_options(value, reader, network.topology_options);
  EXPECT_EQ(reader.errors(), 0U) << options;
}

}  // namespace tandem

// The topologies that a scenario can choose among. Each is one file in sim/network/topologies, which says everything
// about it: its words, its own options, the sizes that it cannot have, and its links and routes.
#pragma once

#include <any>
#include <functional>
#include <memory>
#include <string_view>

#include "core/cluster.h"
#include "core/config/fields.h"
#include "core/config/limits.h"
#include "core/registry.h"
#include "sim/network/fabric.h"

namespace tandem::sim {

struct Topology {
  std::string_view name;  ///< as scenarios write it
  std::string_view doc;   ///< one line
  /// The options as scenarios write them: keys beside those of the network.
  TypeInfo options;
  std::function<void(const Value& network, Reader& reader, std::any& into)> read_options;
  std::function<Json(const std::any& options)> write_options;
  /// Builds the links of so many nodes. Throws UsageError when the topology cannot join them.
  std::function<std::unique_ptr<Fabric>(const Network&, const NodeBandwidths&)> make;
};

/// A topology with options of its own: a struct, empty where there is none, whose members `keys` binds.
template <class Options>
Topology make_topology(std::string_view name, std::string_view doc, Mapping<Options> keys,
                       std::unique_ptr<Fabric> (*make)(const Network&, const NodeBandwidths&, const Options&)) {
  const auto options_in = [](const std::any& held) {
    const auto* given = std::any_cast<Options>(&held);
    return given != nullptr ? *given : Options{};
  };
  return {.name = name,
          .doc = doc,
          .options = keys.info(),
          .read_options =
              [keys](const Value& network, Reader& reader, std::any& into) {
                Options options;
                keys.read_entries(network, reader, options);
                into = options;
              },
          .write_options = [keys, options_in](const std::any& held) { return keys.write(options_in(held)); },
          .make =
              [make, options_in](const Network& network, const NodeBandwidths& bandwidths) {
                return make(network, bandwidths, options_in(network.topology_options));
              }};
}

/// How a scenario writes a LinkSpec: {bandwidth: 1Gbit/s, latency: 1ms}.
Mapping<LinkSpec> link_fields();

}  // namespace tandem::sim

namespace tandem {

Registry<sim::Topology>& topologies();

}  // namespace tandem

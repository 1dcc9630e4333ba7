#include "sim/network/topology.h"

namespace tandem::sim {

Mapping<LinkSpec> link_fields() {
  return Mapping<LinkSpec>()
      .key("bandwidth", &LinkSpec::bandwidth_bytes_per_s, quantity(Dimension::data_rate, above(0, kHighestRate)),
           "each way")
      .required()
      .key("latency", &LinkSpec::latency_s, quantity(Dimension::time, between(0, 3600)), "one way")
      .required();
}

}  // namespace tandem::sim

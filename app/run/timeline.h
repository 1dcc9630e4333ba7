// The spans of a traced run as JSON, for the report's page.
#pragma once

#include <string>
#include <vector>

#include "core/cluster.h"
#include "core/trace.h"

namespace tandem {

struct TimelineOptions {
  std::string run;                   ///< what the page calls it
  bool has_one_clock = true;         ///< all ranks' spans are exact on one clock, as in a simulation
  double wire_bytes_per_byte = 1;    ///< how large a message's byte is on the wire, see Model::wire_bytes
  const Cluster* cluster = nullptr;  ///< whose links are drawn; null where links are not known
  /// About so many bars are written: those that begin first; the page then says until when. The critical path is
  /// written whole.
  std::size_t most_spans = 60000;
};

/// The Timeline of web/src/study.ts: an array for each field of each rank's spans, of the messages, of the links that
/// they passed, and of the critical path. `roles` has each rank's.
std::string timeline_json(const std::vector<std::vector<Span>>& spans_of_rank, const std::vector<std::string>& roles,
                          const TimelineOptions& options);

}  // namespace tandem

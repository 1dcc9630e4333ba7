// The spans of a traced run as JSON, for the report's page.
#pragma once

#include <string>
#include <vector>

#include "core/trace.h"

namespace tandem {

/// The Timeline of web/src/study.ts: an array for each field of each rank's spans. `run` is what the page calls it;
/// `roles` has each rank's. About `most_spans` are written: those that begin first, and `note` then says until when.
std::string timeline_json(const std::vector<std::vector<Span>>& spans_of_rank, const std::vector<std::string>& roles,
                          const std::string& run, std::size_t most_spans = 60000);

}  // namespace tandem

// An execution trace of MLCommons Chakra becomes a profile, where it is data parallel: computations, and all-reduces of
// gradients. What one rank's trace of a step cannot say is inferred, and said: which computations are the forward pass,
// and the order of those that do not depend on each other.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "app/import/chakra.pb.h"
#include "app/import/format.h"
#include "app/import/formats/chakra_reader.h"
#include "app/import/formats/chakra_set.h"
#include "app/import/json_text.h"
#include "app/import/origin.h"
#include "core/config/limits.h"
#include "core/units.h"

namespace tandem::formats {
namespace {

constexpr double kFlopsPerSecond = 1e12;  // as in other imports of times: the scenario states this speed

/// What the backward pass computes up to an all-reduce, and what that carries.
struct Bucket {
  std::string name;
  double computed_s = 0, bytes = 0;
};

[[noreturn]] void refuse_node(const InputFile& input, const ChakraNode& node, const std::string& what) {
  input.refuse(fmt::format("node {} ({}) {}: only data parallelism, an ALL_REDUCE of gradients, becomes a profile",
                           node.id, node.name.substr(0, 60), what));
}

void refuse_what_has_no_place(const InputFile& input, const ChakraNode& node) {
  if (node.type == chakra::COMM_SEND_NODE || node.type == chakra::COMM_RECV_NODE)
    refuse_node(input, node, "is one side of a message between two ranks");
  if (node.type != chakra::COMM_COLL_NODE || node.collective == 0) return;
  if (node.collective == 9) return;  // a barrier carries nothing
  refuse_node(input, node, fmt::format("is a collective, {}", chakra_collective(node.collective)));
}

struct Trace {
  std::vector<Bucket> buckets;  ///< in the order of the trace; the last may have no bytes
  std::size_t computations = 0, inferred = 0;
  double computed_s = 0;
};

Trace buckets_of(const InputFile& input) {
  Trace trace;
  trace.buckets.emplace_back();
  std::unordered_set<std::uint64_t> computed;
  for (const ChakraNode& node : read_chakra(input)) {
    refuse_what_has_no_place(input, node);
    Bucket& bucket = trace.buckets.back();
    if (node.type == chakra::COMP_NODE && node.duration_s > 0) {
      const bool follows =
          std::ranges::any_of(node.needs, [&](std::uint64_t other) { return computed.contains(other); });
      if (!computed.empty() && !follows) ++trace.inferred;
      computed.insert(node.id);
      ++trace.computations;
      trace.computed_s += node.duration_s;
      bucket.computed_s += node.duration_s;
    } else if (node.type == chakra::COMM_COLL_NODE && node.collective == 0) {
      bucket.name = node.name;
      bucket.bytes = node.bytes;
      trace.buckets.emplace_back();
    }
  }
  if (trace.computations == 0) input.refuse("no computation has a duration; the trace holds no times");
  if (trace.buckets.size() == 1) input.refuse("no all-reduce: there is nothing to exchange");
  if (static_cast<double>(trace.buckets.size()) > kMostLayers)
    input.refuse(
        fmt::format("{} all-reduces; a profile has at most {:.0f} layers", trace.buckets.size() - 1, kMostLayers));
  return trace;
}

/// Backward time of each bucket when a third of all computing time, from the beginning, is the forward pass. What comes
/// after the last all-reduce belongs to no gradient: the optimizer.
Imported profile_of(const InputFile& input, const std::string& stem) {
  Trace trace = buckets_of(input);
  const double after_s = trace.buckets.back().computed_s;
  trace.buckets.pop_back();
  const double step_s = trace.computed_s - after_s, forward_s = step_s / 3;
  double left_s = forward_s;
  for (Bucket& bucket : trace.buckets) {
    const double taken_s = std::min(left_s, bucket.computed_s);
    bucket.computed_s -= taken_s;
    left_s -= taken_s;
  }
  std::string text =
      comment(fmt::format("From an execution trace of Chakra, {}, taken as one step of one rank.", input.path()));
  text += origin_comment(Origin::stated,
                         "computing times; they are written as flops at 1 Tflop/s, so a sample is one "
                         "step's batch and host.speed is 1Tflop/s");
  text += origin_comment(Origin::assumed,
                         "the first third of the computing time is the forward pass, as is usual where a "
                         "backward pass costs twice as much; it is shared among layers by parameters");
  text += origin_comment(Origin::derived,
                         "a layer is what is computed up to an all-reduce, the last layer first; "
                         "parameters are that all-reduce's bytes as float32");
  if (after_s > 0)
    text += comment(fmt::format("What is computed after the last all-reduce, {}, is left out.",
                                format_quantity(after_s, Dimension::time, 4)));
  double all_bytes = 0;
  for (const Bucket& bucket : trace.buckets) all_bytes += bucket.bytes;
  text += fmt::format("name: {}\nsource: {}\nlayers:\n", nlohmann::json(stem).dump(),
                      nlohmann::json("an execution trace of Chakra, " + input.path()).dump());
  for (auto bucket = trace.buckets.rbegin(); bucket != trace.buckets.rend(); ++bucket) {
    const double share = all_bytes > 0 ? bucket->bytes / all_bytes : 1.0 / static_cast<double>(trace.buckets.size());
    text += fmt::format("  - {{name: {}, parameters: {:.0f}, forward_flops: {:.0f}flop, backward_flops: {:.0f}flop}}\n",
                        nlohmann::json(bucket->name).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
                        std::ceil(bucket->bytes / 4), share * forward_s * kFlopsPerSecond,
                        bucket->computed_s * kFlopsPerSecond);
  }
  Imported imported{{{"", text}}, {}};
  if (trace.inferred > 0) {
    imported.notes.push_back(
        fmt::format("{} of {} computations depend on no earlier one: they are taken as one stream, "
                    "in the order of the file",
                    trace.inferred, trace.computations));
  }
  return imported;
}

}  // namespace

ImportFormat chakra_trace() {
  return {.name = "chakra",
          .doc = "an execution trace of MLCommons Chakra, .et or JSON -> a profile; NAME.{rank}.et -> a replay",
          .recognises = begins_as_chakra,
          .read = profile_of,
          .read_set = replay_of};
}

}  // namespace tandem::formats

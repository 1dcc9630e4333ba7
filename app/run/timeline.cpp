#include "app/run/timeline.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>

#include "app/run/critical_path.h"
#include "app/run/flights.h"
#include "app/run/link_routes.h"
#include "core/message_span.h"

namespace tandem {
namespace {

/// Parses a span's name: Comm names them "idle", "send to 3" and "receive from 3", and computations by their Work.
struct Meaning {
  char kind = 'c';
  int peer = -1;
};

Meaning meaning_of(std::string_view name) {
  constexpr std::string_view kSend = "send to ", kReceive = "receive from ";
  if (name == "idle" || name.starts_with("join ")) return {.kind = 'i'};
  const bool is_send = name.starts_with(kSend), is_receive = name.starts_with(kReceive);
  if (!is_send && !is_receive) return {};
  const std::string_view number = name.substr(is_send ? kSend.size() : kReceive.size());
  Meaning meaning{.kind = is_send ? 's' : 'r'};
  std::from_chars(number.data(), number.data() + number.size(), meaning.peer);
  return meaning;
}

bool is_bar(const Span& span) { return !message_of(span.name); }

/// When the last of the first `most` bars begins; infinity where there are no more.
double end_of_first(const std::vector<std::vector<Span>>& spans_of_rank, std::size_t most) {
  std::vector<double> starts;
  for (const auto& spans : spans_of_rank) {
    for (const Span& span : spans) {
      if (is_bar(span)) starts.push_back(span.start_s);
    }
  }
  if (starts.size() <= most) return std::numeric_limits<double>::infinity();
  const auto last = starts.begin() + static_cast<std::ptrdiff_t>(most);
  std::nth_element(starts.begin(), last, starts.end());
  return *last;
}

/// Ten digits: a nanosecond of a second.
std::string number(double value) { return fmt::format("{:.10g}", value); }

/// A JSON string; "<" is escaped because the text lands in a page.
std::string quoted(const std::string& text) {
  std::string json;
  for (const char c : nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)) {
    if (c == '<') {
      json += "\\u003c";
    } else {
      json += c;
    }
  }
  return json;
}

/// The names of computations, each once.
class Works {
 public:
  std::size_t index_of(const std::string& name) {
    const auto [known, is_new] = indices_.try_emplace(name, names_.size());
    if (is_new) names_.push_back(quoted(name));
    return known->second;
  }
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::map<std::string, std::size_t> indices_;
  std::vector<std::string> names_;
};

std::string rank_json(int rank, const std::vector<Span>& spans, double until_s, Works& works) {
  std::string kinds;
  std::vector<std::string> stacks, starts, lengths, peers, names, microbatches, chunks;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const Span& span = spans[i];
    if (span.start_s > until_s || !is_bar(span)) continue;
    Meaning meaning = meaning_of(span.name);
    // A wait is recorded right before the transfer that it waited for; a join is a wait for the rank itself.
    if (span.name == "idle" && i + 1 < spans.size()) meaning.peer = meaning_of(spans[i + 1].name).peer;
    if (span.name.starts_with("join ")) meaning.peer = rank;
    kinds += meaning.kind;
    stacks.push_back(fmt::format("{}", span.stack));
    starts.push_back(number(span.start_s));
    lengths.push_back(number(span.end_s - span.start_s));
    peers.push_back(fmt::format("{}", meaning.peer));
    names.push_back(meaning.kind == 'c' ? fmt::format("{}", works.index_of(span.name)) : "-1");
    microbatches.push_back(fmt::format("{}", span.microbatch));
    chunks.push_back(fmt::format("{}", span.chunk));
  }
  return fmt::format(
      R"({{"kind":"{}","stack":[{}],"start":[{}],"length":[{}],"peer":[{}],"work":[{}],"microbatch":[{}],"chunk":[{}]}})",
      kinds, fmt::join(stacks, ","), fmt::join(starts, ","), fmt::join(lengths, ","), fmt::join(peers, ","),
      fmt::join(names, ","), fmt::join(microbatches, ","), fmt::join(chunks, ","));
}

/// Where the bytes of messages were, and when they began to move.
struct Ways {
  LinkRoutes links;
  std::vector<double> begins_s;
};

Ways ways_of(const std::vector<Flight>& flights, std::size_t ranks, const TimelineOptions& options) {
  Ways ways;
  std::vector<double> latencies_s;
  if (options.cluster != nullptr) {
    ways.links = link_routes(*options.cluster, static_cast<int>(ranks), flights);
    const double factor = options.cluster->network.model.latency_factor;
    for (const std::size_t route : ways.links.of_flight) latencies_s.push_back(factor * ways.links.latencies_s[route]);
  }
  if (options.has_one_clock) {
    ways.begins_s = beginnings_of_moves(flights, latencies_s);
  } else {
    for (const Flight& flight : flights) ways.begins_s.push_back(flight.start_s);
  }
  return ways;
}

std::string links_json(const LinkRoutes& links) {
  std::vector<std::string> names, bandwidths, routes;
  for (const std::string& cable : links.cables) names.push_back(quoted(cable));
  for (const double bandwidth : links.bandwidths_bytes_per_s) bandwidths.push_back(number(bandwidth));
  for (const auto& route : links.routes) routes.push_back(fmt::format("[{}]", fmt::join(route, ",")));
  return fmt::format(R"({{"name":[{}],"bandwidth":[{}],"routes":[{}]}})", fmt::join(names, ","),
                     fmt::join(bandwidths, ","), fmt::join(routes, ","));
}

std::string messages_json(const std::vector<Flight>& flights, const Ways& ways, double bytes_per_byte, double until_s) {
  std::vector<int> from, from_stack, to, to_stack;
  std::vector<std::string> starts, lengths, begins, moving;
  std::vector<std::uint64_t> bytes;
  std::vector<std::size_t> routes;
  for (std::size_t i = 0; i < flights.size(); ++i) {
    const Flight& flight = flights[i];
    if (flight.start_s > until_s) continue;
    from.push_back(flight.from), from_stack.push_back(flight.from_stack);
    to.push_back(flight.to), to_stack.push_back(flight.to_stack);
    starts.push_back(number(flight.start_s));
    lengths.push_back(number(std::max(0.0, flight.end_s - flight.start_s)));
    begins.push_back(number(ways.begins_s[i]));
    moving.push_back(number(std::max(0.0, flight.moved_s - ways.begins_s[i])));
    bytes.push_back(static_cast<std::uint64_t>(bytes_per_byte * static_cast<double>(flight.bytes)));
    if (!ways.links.of_flight.empty()) routes.push_back(ways.links.of_flight[i]);
  }
  return fmt::format(
      R"({{"from":[{}],"from_stack":[{}],"to":[{}],"to_stack":[{}],"start":[{}],"length":[{}],"begin":[{}],"moving":[{}],"bytes":[{}],"route":[{}]}})",
      fmt::join(from, ","), fmt::join(from_stack, ","), fmt::join(to, ","), fmt::join(to_stack, ","),
      fmt::join(starts, ","), fmt::join(lengths, ","), fmt::join(begins, ","), fmt::join(moving, ","),
      fmt::join(bytes, ","), fmt::join(routes, ","));
}

char letter_of(PathPart::Kind kind) {
  switch (kind) {
    case PathPart::Kind::computation:
      return 'c';
    case PathPart::Kind::message:
      return 'm';
    case PathPart::Kind::other:
      break;
  }
  return 'o';
}

/// The whole path: what it is made of is said of the whole run.
std::string path_json(const std::vector<PathPart>& path, Works& works) {
  std::string kinds;
  std::vector<int> ranks, stacks, from, from_stack;
  std::vector<std::string> starts, lengths, names;
  for (const PathPart& part : path) {
    kinds += letter_of(part.kind);
    ranks.push_back(part.rank), stacks.push_back(part.stack);
    from.push_back(part.from), from_stack.push_back(part.from_stack);
    starts.push_back(number(part.start_s));
    lengths.push_back(number(part.end_s - part.start_s));
    names.push_back(part.work.empty() ? "-1" : fmt::format("{}", works.index_of(part.work)));
  }
  return fmt::format(
      R"({{"kind":"{}","rank":[{}],"stack":[{}],"from":[{}],"from_stack":[{}],"start":[{}],"length":[{}],"work":[{}]}})",
      kinds, fmt::join(ranks, ","), fmt::join(stacks, ","), fmt::join(from, ","), fmt::join(from_stack, ","),
      fmt::join(starts, ","), fmt::join(lengths, ","), fmt::join(names, ","));
}

}  // namespace

std::string timeline_json(const std::vector<std::vector<Span>>& spans_of_rank, const std::vector<std::string>& roles,
                          const TimelineOptions& options) {
  const double until_s = end_of_first(spans_of_rank, options.most_spans);
  const Flights flights = flights_of(spans_of_rank);
  std::vector<std::string> ranks, role_texts;
  Works works;
  for (const auto& spans : spans_of_rank)
    ranks.push_back(rank_json(static_cast<int>(ranks.size()), spans, until_s, works));
  for (const std::string& role : roles) role_texts.push_back(quoted(role));
  const std::string path = path_json(critical_path(spans_of_rank, flights), works);
  const std::string note = std::isinf(until_s) ? ""
                                               : fmt::format(
                                                     "Only what begins within the first {:.4g} s is shown; "
                                                     "trace.json has all.",
                                                     until_s);
  const Ways ways = ways_of(flights.all, spans_of_rank.size(), options);
  return fmt::format(
      R"({{"run":{},"note":{},"has_one_clock":{},"roles":[{}],"works":[{}],"ranks":[{}],"messages":{},"links":{},"path":{}}})",
      quoted(options.run), quoted(note), options.has_one_clock, fmt::join(role_texts, ","),
      fmt::join(works.names(), ","), fmt::join(ranks, ","),
      messages_json(flights.all, ways, options.wire_bytes_per_byte, until_s), links_json(ways.links), path);
}

}  // namespace tandem

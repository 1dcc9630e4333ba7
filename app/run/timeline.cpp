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

namespace tandem {
namespace {

/// Parses a span's name: Comm names them "idle", "send to 3" and "receive from 3", and computations by their Work.
struct Meaning {
  char kind = 'c';
  int peer = -1;
};

Meaning meaning_of(std::string_view name) {
  constexpr std::string_view kSend = "send to ", kReceive = "receive from ";
  if (name == "idle") return {.kind = 'i'};
  const bool is_send = name.starts_with(kSend), is_receive = name.starts_with(kReceive);
  if (!is_send && !is_receive) return {};
  const std::string_view number = name.substr(is_send ? kSend.size() : kReceive.size());
  Meaning meaning{.kind = is_send ? 's' : 'r'};
  std::from_chars(number.data(), number.data() + number.size(), meaning.peer);
  return meaning;
}

/// When the last of the first `most` spans begins; infinity where there are no more.
double end_of_first(const std::vector<std::vector<Span>>& spans_of_rank, std::size_t most) {
  std::vector<double> starts;
  for (const auto& spans : spans_of_rank) {
    for (const Span& span : spans) starts.push_back(span.start_s);
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

std::string rank_json(const std::vector<Span>& spans, double until_s, Works& works) {
  std::string kinds;
  std::vector<std::string> stacks, starts, lengths, peers, names, microbatches, chunks;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const Span& span = spans[i];
    if (span.start_s > until_s) continue;
    Meaning meaning = meaning_of(span.name);
    // A wait is recorded right before the transfer that it waited for.
    if (meaning.kind == 'i' && i + 1 < spans.size()) meaning.peer = meaning_of(spans[i + 1].name).peer;
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

}  // namespace

std::string timeline_json(const std::vector<std::vector<Span>>& spans_of_rank, const std::vector<std::string>& roles,
                          const std::string& run, std::size_t most_spans) {
  const double until_s = end_of_first(spans_of_rank, most_spans);
  std::vector<std::string> ranks, role_texts;
  Works works;
  for (const auto& spans : spans_of_rank) ranks.push_back(rank_json(spans, until_s, works));
  for (const std::string& role : roles) role_texts.push_back(quoted(role));
  const std::string note = std::isinf(until_s) ? ""
                                               : fmt::format(
                                                     "Only what begins within the first {:.4g} s is shown; "
                                                     "trace.json has all.",
                                                     until_s);
  return fmt::format(R"({{"run":{},"note":{},"roles":[{}],"works":[{}],"ranks":[{}]}})", quoted(run), quoted(note),
                     fmt::join(role_texts, ","), fmt::join(works.names(), ","), fmt::join(ranks, ","));
}

}  // namespace tandem

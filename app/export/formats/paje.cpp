// Paje, which ViTE and PajeNG read: a container for each rank and, in it, for each of its stacks; a state for each
// span.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <map>
#include <set>

#include "app/export/format.h"

namespace tandem::formats {
namespace {

constexpr std::string_view kDefinitions = R"(%EventDef PajeDefineContainerType 0
% Alias string
% Type string
% Name string
%EndEventDef
%EventDef PajeDefineStateType 1
% Alias string
% Type string
% Name string
%EndEventDef
%EventDef PajeDefineEntityValue 2
% Alias string
% Type string
% Name string
% Color color
%EndEventDef
%EventDef PajeCreateContainer 3
% Time date
% Alias string
% Type string
% Container string
% Name string
%EndEventDef
%EventDef PajeDestroyContainer 4
% Time date
% Type string
% Name string
%EndEventDef
%EventDef PajePushState 5
% Time date
% Type string
% Container string
% Value string
%EndEventDef
%EventDef PajePopState 6
% Time date
% Type string
% Container string
%EndEventDef
)";

/// "send to 3" and "send to 4" are one state: to whom is seen from the other rank.
std::string state_of(const std::string& name) { return name.substr(0, name.find(' ')); }

struct Change {
  std::int64_t time_ns;
  bool begins;  ///< at the same time, what ends comes before what begins
  std::string stack, state;
};

/// A trace states when a span begins and how long it lasts, each rounded to a nanosecond. A span that so ends one too
/// late would still be open when the next begins, and the next one's end would close it instead.
std::vector<Change> changes_of(const std::string& stack, const std::vector<Span>& spans) {
  const auto nanoseconds = [](double time_s) { return static_cast<std::int64_t>(std::llround(time_s * 1e9)); };
  std::vector<Change> changes;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const std::int64_t start_ns = nanoseconds(spans[i].start_s);
    std::int64_t end_ns = nanoseconds(spans[i].end_s);
    if (i + 1 < spans.size() && end_ns - nanoseconds(spans[i + 1].start_s) == 1) --end_ns;
    if (end_ns <= start_ns) continue;  // it would end before it begins
    const std::string state = state_of(spans[i].name);
    changes.push_back({start_ns, true, stack, state});
    changes.push_back({end_ns, false, stack, state});
  }
  return changes;
}

std::string colour_of(const std::string& state) {
  static const std::map<std::string, std::string> kColours = {
      {"compute", "0.2 0.6 0.3"}, {"idle", "0.8 0.8 0.8"}, {"receive", "0.9 0.5 0.1"}, {"send", "0.2 0.4 0.8"}};
  const auto found = kColours.find(state);
  return found == kColours.end() ? "0.5 0.5 0.5" : found->second;
}

std::string write_paje(const std::vector<std::vector<Span>>& spans_of_rank) {
  std::set<std::string> states;
  std::vector<Change> changes;
  std::string containers, ends;
  double last_s = 0;
  for (std::size_t rank = 0; rank < spans_of_rank.size(); ++rank) {
    containers += fmt::format("3 0.000000000 r{0} R 0 \"rank {0}\"\n", rank);
    std::map<int, std::vector<Span>> stacks;
    for (const Span& span : spans_of_rank[rank]) {
      stacks[span.stack].push_back(span);
      states.insert(state_of(span.name));
      last_s = std::max(last_s, span.end_s);
    }
    for (auto& [stack, spans] : stacks) {
      std::ranges::stable_sort(spans, {}, &Span::start_s);
      std::ranges::move(changes_of(fmt::format("r{}s{}", rank, stack), spans), std::back_inserter(changes));
      containers += fmt::format("3 0.000000000 r{0}s{1} S r{0} \"stack {1}\"\n", rank, stack);
      ends += fmt::format("4 {{0:.9f}} S r{}s{}\n", rank, stack);
    }
    ends += fmt::format("4 {{0:.9f}} R r{}\n", rank);
  }
  std::stable_sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) {
    return a.time_ns != b.time_ns ? a.time_ns < b.time_ns : a.begins < b.begins;
  });
  fmt::memory_buffer out;
  auto to = std::back_inserter(out);
  fmt::format_to(to, "{}0 R 0 \"rank\"\n0 S R \"stack\"\n1 T S \"activity\"\n", kDefinitions);
  for (const std::string& state : states) fmt::format_to(to, "2 {0} T \"{0}\" \"{1}\"\n", state, colour_of(state));
  fmt::format_to(to, "{}", containers);
  for (const Change& change : changes) {
    const double time_s = static_cast<double>(change.time_ns) * 1e-9;
    if (change.begins) {
      fmt::format_to(to, "5 {:.9f} T {} {}\n", time_s, change.stack, change.state);
    } else {
      fmt::format_to(to, "6 {:.9f} T {}\n", time_s, change.stack);
    }
  }
  fmt::format_to(to, fmt::runtime(ends), last_s);
  return fmt::to_string(out);
}

}  // namespace

ExportFormat paje() {
  return {.name = "paje",
          .doc = "states of ranks and stacks, for ViTE and PajeNG, from a trace.json",
          .of_spans = write_paje};
}

}  // namespace tandem::formats

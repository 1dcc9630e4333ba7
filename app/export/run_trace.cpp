#include "app/export/run_trace.h"

#include <fmt/format.h>

#include "app/import/input.h"
#include "app/import/json_text.h"
#include "core/config/limits.h"

namespace tandem {
namespace {

Span span_of(const nlohmann::json& event) {
  constexpr double kMicro = 1e-6;
  const double start_s = event.at("ts").get<double>() * kMicro;
  return {event.at("name").get<std::string>(), event.at("tid").get<int>(), start_s,
          start_s + event.at("dur").get<double>() * kMicro};
}

}  // namespace

std::vector<std::vector<Span>> read_run_trace(const std::string& path) {
  const InputFile input(path);
  const std::string text = input.text();
  const nlohmann::json json = parse_json(text, input);
  std::size_t events = 0;
  std::vector<std::vector<Span>> ranks;
  try {
    for (const nlohmann::json& event : json.at("traceEvents")) {
      const auto rank = event.at("pid").get<std::size_t>();
      if (rank >= static_cast<std::size_t>(kMostRanks)) input.refuse("a rank beyond all that there may be");
      if (rank >= ranks.size()) ranks.resize(rank + 1);
      const auto phase = event.at("ph").get<std::string>();
      if (phase == "X") ranks[rank].push_back(span_of(event));
      ++events;
    }
  } catch (const nlohmann::json::exception& error) {
    refuse_json(path, place_of_value(text, {"traceEvents", std::to_string(events)}),
                fmt::format("this is no trace.json of a run with `trace: true`: {}", in_plain_words(error)));
  }
  return ranks;
}

}  // namespace tandem

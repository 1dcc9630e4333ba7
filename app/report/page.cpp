#include "app/report/page.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/report/chart_json.h"
#include "app/report/table.h"
#include "app/report/web_assets.h"
#include "app/store/whole_file.h"
#include "core/config/json.h"

namespace tandem {
namespace {

std::string escaped(std::string_view text) {
  std::string html;
  for (const char c : text) {
    switch (c) {
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '&':
        html += "&amp;";
        break;
      case '"':
        html += "&quot;";
        break;
      case '\'':
        html += "&#39;";
        break;
      default:
        html += c;
    }
  }
  return html;
}

/// JSON for a script element. "<" occurs only inside texts, where it is escaped, so that no text can end the element.
std::string script_text(std::string json) {
  std::string safe;
  for (const char c : json) {
    if (c == '<') {
      safe += "\\u003c";
    } else {
      safe += c;
    }
  }
  return safe;
}

Json table_json(const ResultsTable& results) {
  Json json = {{"columns", Json::array()}, {"rows", Json::array()}};
  const auto& columns = results.table.columns();
  for (const TextTable::Column& column : columns)
    json["columns"].push_back({{"heading", column.heading}, {"is_text", column.kind == TextTable::Kind::text}});
  for (std::size_t row = 0; !columns.empty() && row < columns.front().cells.size(); ++row) {
    Json cells = Json::array();
    for (const TextTable::Column& column : columns) cells.push_back(column.cells[row]);
    json["rows"].push_back(std::move(cells));
  }
  return json;
}

std::vector<std::string> checks_of(const std::vector<RunResult>& results) {
  const auto failed = static_cast<std::size_t>(
      std::count_if(results.begin(), results.end(), [](const RunResult& run) { return !run.failure.empty(); }));
  const auto refuted = static_cast<std::size_t>(
      std::count_if(results.begin(), results.end(), [](const RunResult& run) { return run.check_failed; }));
  return {
      fmt::format("{} of {} runs ended and passed every check that applies to them.", results.size() - failed,
                  results.size()),
      refuted == 0 ? "No check failed."
                   : fmt::format("A check failed in {} runs: their results are not shown.", refuted),
      "Replicas that a strategy keeps equal ended with the same bits.",
      "Every message and byte that was sent was received.",
      "Messages and bytes of each rank equal the strategy's closed form, where it has one.",
      "No run was faster than its least possible time by computation and links.",
  };
}

/// The files' texts, unparsed: they are JSON already, and long.
std::string timelines_text(const std::vector<std::filesystem::path>& files, std::vector<std::string>& notes) {
  std::string text;
  std::size_t left_out = 0;
  for (const std::filesystem::path& path : files) {
    const std::string timeline = read_whole_file(path);
    if (timeline.empty() || text.size() + timeline.size() > kMostTimelineBytes) {
      ++left_out;
      continue;
    }
    text += text.empty() ? "" : ",";
    text += timeline;
  }
  if (left_out > 0)
    notes.push_back(
        fmt::format("{} timelines are not in the page, to keep it small; open trace.json of those runs.", left_out));
  return "[" + text + "]";
}

Json reproduction_json(const Reproduction& reproduction) {
  Json program = Json::array();
  for (const auto& [name, value] : reproduction.program.items())
    program.push_back({name, value.is_string() ? value.get<std::string>() : value.dump()});
  return {{"commands", reproduction.commands}, {"program", program}, {"scenario", reproduction.scenario}};
}

std::string study_text(const PageContent& content) {
  const ResultsTable results = results_table_of(content.facts, content.results);
  std::vector<std::string> notes = content.notes;
  const std::string timelines = timelines_text(content.timelines, notes);
  Json json = {{"name", content.facts.name},   {"question", content.facts.question},
               {"setting", results.heading},   {"answers", content.answers},
               {"baseline", results.baseline}, {"table", table_json(results)},
               {"not_run", content.not_run},   {"notes", notes},
               {"figures", Json::array()},     {"checks", checks_of(content.results)},
               {"inputs", Json::array()},      {"reproduce", reproduction_json(content.reproduction)}};
  for (const NamedChart& named : content.charts) {
    if (named.chart.nothing.empty()) json["figures"].push_back(chart_json(named.chart, named.name));
  }
  for (const Input& input : content.inputs) {
    json["inputs"].push_back(
        {{"key", input.key}, {"value", input.value}, {"evidence", input.evidence}, {"kind", input.kind}});
  }
  // A failure may hold bytes that are no UTF-8.
  std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  text.pop_back();
  return script_text(text + ",\"timelines\":" + timelines + "}");
}

}  // namespace

std::string report_page(const PageContent& content) {
  const std::string table = results_table(content.facts, content.results);
  std::string answers;
  for (const std::string& answer : content.answers) answers += fmt::format("<li>{}</li>", escaped(answer));
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'unsafe-inline'; "
      "style-src "
      "'unsafe-inline'; img-src data:\">\n"
      "<link rel=\"icon\" href=\"data:,\">\n"
      "<title>{0}: {1}</title>\n<style>{2}</style>\n</head>\n<body>\n"
      "<noscript><div><h1>{1}</h1><ul>{3}</ul><pre>{4}</pre><p>Figures need scripts; they are also in the folder "
      "figures.</p></div></noscript>\n"
      "<div id=\"page\"></div>\n<script type=\"application/json\" id=\"study\">{5}</script>\n<script>{6}</script>\n"
      "</body>\n</html>\n",
      escaped(content.facts.name), escaped(content.facts.question), kReportStyle, answers, escaped(table),
      study_text(content), kReportScript);
}

}  // namespace tandem

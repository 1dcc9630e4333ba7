#include "app/report/chart_json.h"

#include "core/config/json.h"

namespace tandem {
namespace {

std::string_view name_of(Curve::Form form) {
  switch (form) {
    case Curve::Form::line:
      return "line";
    case Curve::Form::points:
      return "points";
    case Curve::Form::steps:
      return "steps";
    case Curve::Form::bars:
      return "bars";
    case Curve::Form::boxes:
      return "boxes";
  }
  return "line";
}

std::string_view name_of(LegendEntry::Sample sample) {
  switch (sample) {
    case LegendEntry::Sample::line:
      return "line";
    case LegendEntry::Sample::point_and_line:
      return "point_and_line";
    case LegendEntry::Sample::box:
      return "box";
  }
  return "line";
}

Json json_of(const Axis& axis) {
  return {{"label", axis.label},
          {"low", axis.low},
          {"high", axis.high},
          {"is_logarithmic", axis.is_logarithmic},
          {"ticks", axis.ticks}};
}

Json json_of(const Curve& curve) {
  Json json = {{"form", name_of(curve.form)},
               {"series", curve.series},
               {"world", curve.world},
               {"part", curve.part},
               {"colour", palette_colour(curve.colour)},
               {"origin", name_of(curve.origin)},
               {"rim", curve.rim},
               {"fill", curve.fill},
               {"width", curve.width}};
  for (const char* field : {"x", "x_text", "y", "low", "high", "base", "n", "marked"}) json[field] = Json::array();
  for (const Datum& datum : curve.data) {
    json["x"].push_back(datum.x);
    json["x_text"].push_back(datum.x_text);
    json["y"].push_back(datum.y);
    json["low"].push_back(datum.low);
    json["high"].push_back(datum.high);
    json["base"].push_back(datum.base);
    json["n"].push_back(datum.n);
    json["marked"].push_back(datum.is_marked);
  }
  return json;
}

Json json_of(const Panel& panel) {
  Json json = {{"title", panel.title}, {"x", json_of(panel.x)}, {"y", json_of(panel.y)}};
  json["rules"] = Json::array();
  for (const Rule& rule : panel.rules) json["rules"].push_back({{"y", rule.y}, {"label", rule.label}});
  json["curves"] = Json::array();
  for (const Curve& curve : panel.curves) json["curves"].push_back(json_of(curve));
  return json;
}

}  // namespace

Json chart_json(const Chart& chart, const std::string& name) {
  Json json = {{"name", name}, {"about", chart.about}, {"is_side_by_side", chart.is_side_by_side}};
  json["caption"] = Json::array();
  for (const std::string& sentence : chart.caption) {
    if (!sentence.empty()) json["caption"].push_back(sentence);
  }
  json["panels"] = Json::array();
  for (const Panel& panel : chart.panels) json["panels"].push_back(json_of(panel));
  json["legend"] = Json::array();
  for (const LegendEntry& entry : legend_of(chart)) {
    json["legend"].push_back({{"sample", name_of(entry.sample)},
                              {"text", entry.text},
                              {"colour", palette_colour(entry.colour)},
                              {"origin", name_of(entry.origin)},
                              {"world", entry.world},
                              {"fill", entry.fill}});
  }
  return json;
}

}  // namespace tandem

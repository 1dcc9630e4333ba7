// report.html: whole, safe and of a sane size. What it looks like is for tests/web.
#include "app/report/page.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "app/report/study_facts.h"
#include "app/report/terminal_plot.h"
#include "app/report/text_table.h"
#include "app/scenario/loader.h"
#include "tests/app/report/made_up.h"

namespace tandem {
namespace {

PageContent content_of(const std::vector<RunResult>& results, const std::string& question) {
  Plan plan = made_up_plan();
  plan.question = question;
  plan.figures = {{"scaling"}};
  PageContent content{.facts = study_facts(plan, results), .results = results};
  content.charts = charts_of(content.facts, results);
  return content;
}

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

nlohmann::json study_in(const std::string& page) {
  const std::string opening = "<script type=\"application/json\" id=\"study\">";
  const std::size_t begin = page.find(opening) + opening.size();
  return nlohmann::json::parse(page.substr(begin, page.find("</script>", begin) - begin));
}

TEST(Page, HoldsTheStudyAndNoTextEndsAScript) {
  const std::string question = "Does </script><img src=x onerror=alert(1)> end it & \"that\"?";
  std::vector<RunResult> runs = {made_up_run("</script>", "sim", 1, 100), made_up_run("b", "sim", 2, 100)};
  runs[1].failure = "printed \xff\xfe bytes";
  PageContent content = content_of(runs, question);
  content.not_run = {runs[1].failure};
  const std::string page = report_page(content);
  EXPECT_EQ(count(page, "</script>"), 2U) << "one of the study, one of the program";
  EXPECT_EQ(count(page, "<img"), 0U);
  const nlohmann::json study = study_in(page);
  EXPECT_EQ(study["question"], question);
  EXPECT_EQ(study["figures"].size(), 1U);
  EXPECT_EQ(study["table"]["rows"].size(), 1U);
  EXPECT_EQ(study["not_run"][0], "printed \uFFFD\uFFFD bytes");
  EXPECT_EQ(study["timelines"].size(), 0U);
}

TEST(Page, IsSmallAndAsksNothingOfANetwork) {
  const std::string page = report_page(content_of({made_up_run("a", "sim", 1, 100)}, "Why?"));
  EXPECT_LT(page.size(), 200000U);
  EXPECT_NE(page.find("default-src 'none'"), std::string::npos);
  for (const char* outside : {"src=\"http", "href=\"http", "url(http", "@import", "fetch("})
    EXPECT_EQ(page.find(outside), std::string::npos) << outside;
}

TEST(Page, TakesTimelinesAsTheyAreWhileTheyFit) {
  const TemporaryFolder folder;
  PageContent content = content_of({made_up_run("a", "sim", 1, 100)}, "Why?");
  for (const char* name : {"a", "b", "missing"}) content.timelines.push_back(folder.path() / name);
  std::ofstream(folder.path() / "a") << R"({"run": "first"})";
  std::ofstream(folder.path() / "b") << std::string(kMostTimelineBytes, ' ');
  const nlohmann::json study = study_in(report_page(content));
  ASSERT_EQ(study["timelines"].size(), 1U);
  EXPECT_EQ(study["timelines"][0]["run"], "first");
  EXPECT_EQ(study["notes"][0], "2 timelines are not in the page, to keep it small; open trace.json of those runs.");
}

TEST(Inputs, SayWhereEachValueComesFrom) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "here.yaml")
      << "# Measured by `tandem calibrate`: world tcp, 2 ranks.\nnetwork: {latency: 20us}\n";
  Plan plan = made_up_plan();
  plan.file = (folder.path() / "study.yaml").string();
  plan.points.push_back(plan.points.front());
  plan.points[0].factors = {{"cluster.workers", "1"}};
  plan.points[1].factors = {{"cluster.workers", "4"}};
  const std::string text =
      "cluster: {from: here.yaml, host: {speed: 1Gflop/s}}\nsweep: {grid: {cluster.workers: [1, 4]}}\n";
  const std::vector<Input> inputs = inputs_of(plan, text, {"seed=7"});
  const auto of = [&](const std::string& key) {
    const auto found = std::find_if(inputs.begin(), inputs.end(), [&](const Input& input) { return input.key == key; });
    return found == inputs.end() ? Input{} : *found;
  };
  EXPECT_EQ(of("cluster.host.speed").evidence, "stated in the scenario");
  EXPECT_EQ(of("cluster.network.latency").evidence, "measured by tandem calibrate: here.yaml");
  EXPECT_EQ(of("cluster.network.bandwidth").evidence, "assumed: the default");
  EXPECT_EQ(of("seed").evidence, "stated on the command line (-s)");
  EXPECT_EQ(of("cluster.workers").kind, "swept");
  EXPECT_EQ(of("cluster.workers").value, "1, 4");
}

TEST(Inputs, LayersComeFromTheProfileOrFromStatedSizes) {
  const auto evidence = [](const std::string& model, const std::vector<std::string>& overrides) {
    const std::string text = "tandem: 1\nname: x\nquestion: Why?\nworkload: {model: " + model +
                             ", batch: {global: 8}, stop: {steps: 1}}\nstrategy: {name: single}\nworld: sim\n";
    for (const Input& input : inputs_of(parse_plan(text, "x.yaml", overrides), text, overrides)) {
      if (input.key == "workload.model.layers") return input.kind + ": " + input.evidence;
    }
    return std::string("no layers");
  };
  EXPECT_TRUE(evidence("{name: profile, profile: resnet50}", {})
                  .starts_with("published: profile resnet50, from a publication: "));
  EXPECT_TRUE(evidence("{name: profile, profile: resnet50}", {"workload.model.profile=vgg16"})
                  .starts_with("published: profile vgg16, from a publication: "));
  EXPECT_EQ(evidence("{name: profile, parameters: 1000, flops_per_sample: 1kflop}", {}),
            "stated: follow from the sizes that the scenario states");
  EXPECT_EQ(evidence("{name: profile, profile: resnet50}", {"sweep.grid.workload.model.profile=[resnet50, vgg16]"}),
            "swept: swept: sweep.grid has workload.model.profile");
}

TEST(TerminalPlot, IsNoWiderThanTheTerminal) {
  const std::vector<RunResult> runs = {made_up_run("ring", "sim", 1, 100), made_up_run("ring", "sim", 4, 300),
                                       made_up_run("ring", "tcp", 1, 100), made_up_run("ring", "tcp", 4, 310)};
  for (const FigureKind& kind : figure_kinds()) {
    const Chart chart = kind.draw({std::string(kind.name)}, {.name = "made-up"}, runs);
    if (!chart.nothing.empty()) continue;
    const std::string plot = terminal_plot(chart, 72);
    EXPECT_NE(plot.find("ring"), std::string::npos) << plot;
    for (std::size_t at = 0, end; at < plot.size(); at = end + 1) {
      end = std::min(plot.find('\n', at), plot.size());
      EXPECT_LE(display_width(plot.substr(at, end - at)), 72U) << plot;
    }
  }
}

}  // namespace
}  // namespace tandem

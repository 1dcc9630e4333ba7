// `tandem serve` as a browser meets it: over HTTP.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <httplib.h>
#include <signal.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "tests/app/run/program.h"

namespace tandem {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

struct Serving : testing::Test {
  void start(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"serve"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    program.emplace(folder, arguments);
    const auto out = [&] { return content_of(folder.path() / ".stdout"); };
    ASSERT_TRUE(becomes_true([&] { return out().find("\n") != std::string::npos; }))
        << content_of(folder.path() / ".stderr");
    const std::string text = out(), http = "http://127.0.0.1:", mark = "/#token=";
    const std::size_t begin = text.find(http) + http.size(), end = text.find(mark);
    port = std::stoi(text.substr(begin, end - begin));
    token = text.substr(end + mark.size(), 32);
    client.emplace("127.0.0.1", port);
    client->set_read_timeout(60);
  }
  ~Serving() override {
    if (!program) return;
    kill(program->process(), SIGINT);
    EXPECT_EQ(program->wait().code, 130) << "as every command that Ctrl-C ends";
    EXPECT_TRUE(program->everyone_has_gone());
  }

  httplib::Headers own() const { return {{"X-Tandem-Token", token}}; }
  Json ask(const std::string& path, const Json& body, int status = 200) {
    const auto answer = client->Post("/api/" + path, own(), body.dump(), "application/json");
    EXPECT_TRUE(answer);
    if (!answer) return {};
    EXPECT_EQ(answer->status, status) << answer->body;
    return Json::parse(answer->body);
  }
  int status_of(const httplib::Result& result) { return result ? result->status : 0; }

  TemporaryFolder folder;
  std::optional<Program> program;
  std::optional<httplib::Client> client;
  int port = 0;
  std::string token;
};

TEST_F(Serving, ThePageAsksForNothingFromOutside) {
  start();
  const auto page = client->Get("/");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->status, 200);
  EXPECT_EQ(page->body.find("http"), std::string::npos);
  EXPECT_EQ(page->body.find(token), std::string::npos);
  EXPECT_THAT(page->get_header_value("Content-Security-Policy"), HasSubstr("default-src 'none'; script-src 'self'"));
  EXPECT_EQ(status_of(client->Get("/serve.js")), 200);
  EXPECT_EQ(status_of(client->Get("/serve.css")), 200);
  EXPECT_EQ(status_of(client->Get("/../server.cpp")), 404);
}

TEST_F(Serving, OnlyWhoHasTheTokenIsAnswered) {
  start();
  EXPECT_EQ(status_of(client->Post("/api/studies", "{}", "application/json")), 401);
  EXPECT_EQ(
      status_of(client->Post("/api/studies", {{"X-Tandem-Token", std::string(32, '0')}}, "{}", "application/json")),
      401);
  EXPECT_EQ(status_of(client->Post("/api/studies", own(), "{}", "application/json")), 200);
}

TEST_F(Serving, OtherNamesAndOtherPagesAreRefused) {
  start();
  httplib::Headers foreign = own();
  foreign.emplace("Origin", "http://evil.example");
  EXPECT_EQ(status_of(client->Post("/api/studies", foreign, "{}", "application/json")), 403);
  httplib::Headers rebound = own();
  rebound.emplace("Host", fmt::format("evil.example:{}", port));
  EXPECT_EQ(status_of(client->Post("/api/studies", rebound, "{}", "application/json")), 403);
  EXPECT_EQ(status_of(client->Get("/", {{"Host", "evil.example"}})), 403);
}

TEST_F(Serving, RequestsAreBounded) {
  start();
  EXPECT_EQ(status_of(client->Post("/api/formula", own(), std::string(5000, ' '), "application/json")), 413);
  ask("formula", Json::array(), 400);
  EXPECT_THAT(ask("formula", {{"study", "two-nodes"}, {"state", {{"workers", 1000000}}}}, 400).at("error"),
              HasSubstr("from 1 to 64"));
  EXPECT_THAT(ask("study", {{"study", "../../etc/passwd"}}, 400).at("error"), HasSubstr("no such study"));
}

TEST_F(Serving, AnswersByFormulaAndBySimulation) {
  start();
  EXPECT_EQ(ask("studies", Json::object()).at("studies"),
            Json({"one-slow-worker", "two-nodes", "fill-the-bubble", "diloco"}));
  const Json state = {{"workers", 3}, {"bandwidth", 2e8}};
  const Json formula = ask("formula", {{"study", "two-nodes"}, {"state", state}});
  const Json simulated = ask("simulation", {{"study", "two-nodes"}, {"state", state}, {"trace", true}});
  ASSERT_EQ(formula.at("points")[2].at("workers"), 3);
  EXPECT_GE(simulated.at("step_s").get<double>(), formula.at("points")[2].at("step_s").get<double>() * (1 - 1e-9));
  EXPECT_EQ(simulated.at("timeline").at("ranks").size(), 3u);
  EXPECT_EQ(ask("simulation", {{"study", "two-nodes"}, {"state", state}}).at("step_s"), simulated.at("step_s"));
}

// Busy shares at 1 Gbit/s. The ring sums after every step, for 5.6 s and twice seven rounds' latency, beside a backward
// pass; DiLoCo once in eight seconds of computing.
TEST_F(Serving, DilocoKeepsWorkersBusyWhereARingDoesNot) {
  start();
  const auto busy = [&](int strategy) {
    const Json run = ask("simulation", {{"study", "diloco"}, {"state", {{"strategy", strategy}}}});
    return run.at("compute_s").get<double>() / run.at("time_s").get<double>();
  };
  const double exchange_s = 2 * 7 * (4e8 / 8 * 8 / 1e9 + 0.02);
  EXPECT_NEAR(busy(0), 8 / (8 + exchange_s), 0.01);
  EXPECT_NEAR(busy(1), 8 / (8 + 4 * exchange_s), 0.01) << "every second step";
  EXPECT_LT(busy(2), 1 / exchange_s);
}

// Four ask at once; at most two simulations run, and whoever finds no room is told so.
TEST_F(Serving, TooManySimulationsAreTurnedAway) {
  start();
  const std::string body = Json{{"study", "two-nodes"}, {"state", {{"workers", 64}}}, {"trace", true}}.dump();
  std::vector<int> statuses(4);
  {
    std::vector<std::jthread> askers;
    for (int& status : statuses) {
      askers.emplace_back([&] {
        httplib::Client one("127.0.0.1", port);
        one.set_read_timeout(60);
        status = status_of(one.Post("/api/simulation", own(), body, "application/json"));
      });
    }
  }
  EXPECT_GE(std::count(statuses.begin(), statuses.end(), 200), 2);
  EXPECT_GE(std::count(statuses.begin(), statuses.end(), 503), 1);
}

struct ServingRuns : Serving {
  /// Each step takes `mean` longer in the mean.
  void write(const std::string& name, int steps, const std::string& mean) {
    folder.file(
        name + ".yaml",
        fmt::format(
            "tandem: 1\nname: {}\nquestion: How long?\nworkload:\n"
            "  model: {{name: linear}}\n"
            "  data: {{source: synthetic-linear, rows: 50, features: 2}}\n  loss: mse\n"
            "  optimizer: {{name: sgd, lr: 0.01}}\n  batch: {{global: 8}}\n"
            "  stop: {{steps: {}}}\n"
            "cluster: {{workers: 2, noise: {{distribution: exponential, mean: {}}}}}\nstrategy: {{name: allreduce}}\n"
            "world: threads\n",
            name, steps, mean));
  }
  Json status() { return ask("run/status", Json::object()); }
  bool is_in(const std::string& state) {
    return becomes_true([&] { return status().at("state") == state; });
  }
};

TEST_F(ServingRuns, AStudyIsRunAsItsFileSaysAndItsAnswerIsShown) {
  write("short", 5, "0s");
  start({"short.yaml"});
  EXPECT_EQ(status().at("state"), "none");
  EXPECT_EQ(ask("run", {{"study", "short.yaml"}}).at("state"), "running");
  ASSERT_TRUE(is_in("ended")) << status();
  EXPECT_THAT(status().at("answer"), HasSubstr("results/short/report.html"));
  EXPECT_THAT(status().at("progress"), HasSubstr("1/1 runs"));
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "results/short/runs.csv"));
  ask("run", {{"study", "../short.yaml"}}, 400);
}

TEST_F(ServingRuns, OneStudyAtATimeAndItCanBeCancelled) {
  write("long", 1000, "1s");
  start({"long.yaml"});
  ask("run", {{"study", "long.yaml"}});
  EXPECT_THAT(ask("run", {{"study", "long.yaml"}}, 409).at("error"), HasSubstr("cancel it"));
  ASSERT_TRUE(becomes_true([&] { return descendants_of(program->process()).size() > 1; }));
  ask("run/cancel", Json::object());
  ASSERT_TRUE(is_in("cancelled")) << status();
  EXPECT_TRUE(descendants_of(program->process()).empty());
  EXPECT_EQ(ask("run", {{"study", "long.yaml"}}).at("state"), "running") << "and the next one may begin";
}

TEST_F(Serving, OffersTheScenariosOfTheFolderAndNoOtherFile) {
  folder.file("mine.yaml",
              "tandem: 1\nname: mine\nquestion: q?\nworkload:\n  model: {name: profile, profile: vgg16}\n"
              "  batch: {per_worker: 8}\n  stop: {steps: 2}\nworld: threads\ncluster: {workers: 2}\n");
  folder.file("wrong.yaml", "tandem: 1\n");
  folder.file("notes.txt", "secret");
  std::filesystem::create_symlink("/etc/hostname", folder.path() / "link.yaml");
  start({"mine.yaml"});
  EXPECT_EQ(ask("studies", Json::object()).at("studies"), Json({"mine.yaml", "wrong.yaml"}));
  EXPECT_EQ(ask("study", {{"study", "mine.yaml"}}).at("question"), "q?");
  EXPECT_THAT(ask("study", {{"study", "wrong.yaml"}}, 400).at("error"), HasSubstr("needs the key \"name\""));
  for (const char* name : {"notes.txt", "link.yaml", "/etc/hostname"}) ask("study", {{"study", name}}, 400);
}

TEST(Serve, AFileThatIsNoScenarioIsRefusedAtOnce) {
  const TemporaryFolder folder;
  folder.file("wrong.yaml", "tandem: 1\n");
  EXPECT_EQ(run_program(folder, std::vector<std::string>{"serve", "wrong.yaml"}).code, 2);
  EXPECT_EQ(run_program(folder, std::vector<std::string>{"serve", "missing.yaml"}).code, 2);
}

}  // namespace
}  // namespace tandem

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
  EXPECT_EQ(ask("studies", Json::object()).at("studies"), Json({"one-slow-worker", "two-nodes", "fill-the-bubble"}));
  const Json state = {{"workers", 3}, {"bandwidth", 2e8}};
  const Json formula = ask("formula", {{"study", "two-nodes"}, {"state", state}});
  const Json simulated = ask("simulation", {{"study", "two-nodes"}, {"state", state}, {"trace", true}});
  ASSERT_EQ(formula.at("points")[2].at("workers"), 3);
  EXPECT_GE(simulated.at("step_s").get<double>(), formula.at("points")[2].at("step_s").get<double>() * (1 - 1e-9));
  EXPECT_EQ(simulated.at("timeline").at("ranks").size(), 3u);
  EXPECT_EQ(ask("simulation", {{"study", "two-nodes"}, {"state", state}}).at("step_s"), simulated.at("step_s"));
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

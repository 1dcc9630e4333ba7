#include "app/serve/server.h"

#include <fmt/format.h>
#include <httplib.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <semaphore>
#include <thread>

#include "app/serve/guard.h"
#include "app/serve/page_assets.h"
#include "app/serve/served_study.h"
#include "app/serve/simulation.h"
#include "app/serve/study_run.h"
#include "app/serve/toys.h"
#include "core/config/json_mistake.h"
#include "core/errors.h"
#include "core/process/child.h"
#include "core/process/signal_watch.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kLongestBody = 4096;
constexpr std::size_t kThreads = 8;
constexpr int kSimulationsAtATime = 2;
constexpr std::size_t kMostScenarios = 200;
constexpr time_t kLongestRead_s = 5;

constexpr const char* kPage =
    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<link rel=\"icon\" href=\"data:,\">\n"
    "<title>Tandem</title>\n<link rel=\"stylesheet\" href=\"/serve.css\">\n</head>\n<body>\n"
    "<noscript>This page needs scripts.</noscript>\n<div id=\"page\"></div>\n<script src=\"/serve.js\"></script>\n"
    "</body>\n</html>\n";

/// The studies that may be asked for, by name. A file is read when it is first asked for, and the folder is not looked
/// into again: no request can name another file.
class Studies {
 public:
  explicit Studies(const std::string& file) {
    if (file.empty()) {
      for (const Toy& toy : toys())
        sources_.push_back(
            {std::string(toy.name), "", std::string(toy.scenario), std::string(toy.task), std::string(toy.over)});
      return;
    }
    const fs::path asked = fs::canonical(file);
    sources_.push_back({.name = asked.filename(), .path = asked, .text = {}, .task = {}});
    find(asked.filename());  // a mistake in it is told before anything listens
    std::vector<fs::path> others;
    for (const auto& entry : fs::directory_iterator(asked.parent_path())) {
      const bool is_other = entry.path().extension() == ".yaml" && entry.path() != asked;
      if (is_other && entry.is_regular_file() && !entry.is_symlink()) others.push_back(entry.path());
    }
    std::sort(others.begin(), others.end());
    if (others.size() > kMostScenarios) others.resize(kMostScenarios);
    for (const fs::path& other : others)
      sources_.push_back({.name = other.filename(), .path = other, .text = {}, .task = {}});
  }

  Json names() const {
    Json names = Json::array();
    for (const Source& source : sources_) names.push_back(source.name);
    return names;
  }

  /// Runs the whole study, as its file says. False where another one is under way.
  bool start(const std::string& name, StudyRun& run) const {
    const auto source = source_of(name);
    return run.start(name, source->path, source->text);
  }

  /// Throws UsageError.
  const ServedStudy& find(const std::string& name) {
    const std::lock_guard lock(mutex_);
    if (const auto known = loaded_.find(name); known != loaded_.end()) return *known->second;
    const auto source = source_of(name);
    std::string text = source->text;
    if (text.empty()) {
      std::ifstream file(source->path);
      text.assign(std::istreambuf_iterator<char>(file), {});
    }
    const std::string path = source->path.empty() ? name + ".yaml" : source->path.string();
    return *loaded_.emplace(name, std::make_unique<ServedStudy>(text, path, source->task, source->over)).first->second;
  }

 private:
  struct Source {
    std::string name;
    fs::path path;
    std::string text, task;
    std::string over = "workers";
  };
  std::vector<Source>::const_iterator source_of(const std::string& name) const {
    const auto source = std::find_if(sources_.begin(), sources_.end(), [&](const auto& s) { return s.name == name; });
    if (source == sources_.end()) throw UsageError("there is no such study");
    return source;
  }

  std::vector<Source> sources_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<ServedStudy>> loaded_;
};

void answer_json(httplib::Response& response, const Json& json) {
  response.set_content(json.dump(-1, ' ', false, Json::error_handler_t::replace), "application/json");
}

void answer_error(httplib::Response& response, int status, const std::string& reason) {
  response.status = status;
  answer_json(response, {{"error", reason}});
}

/// Calls `answer` with the body as an object; a mistake of whoever asks becomes status 400, a failed run 422.
template <typename Answer>
httplib::Server::Handler json_handler(Answer answer) {
  return [answer](const httplib::Request& request, httplib::Response& response) {
    const nlohmann::json asked =
        nlohmann::json::parse(request.body.empty() ? "{}" : request.body, nullptr, /*allow_exceptions=*/false);
    if (!asked.is_object()) return answer_error(response, 400, "the body is no JSON object");
    try {
      answer(asked, response);
    } catch (const UsageError& error) {
      answer_error(response, 400, error.what());
    } catch (const nlohmann::json::exception& error) {
      answer_error(response, 400, in_plain_words(error));
    } catch (const std::exception& error) {
      answer_error(response, 422, error.what());
    }
  };
}

using Slots = std::counting_semaphore<kSimulationsAtATime>;

/// Gives a slot that was acquired back.
struct Slot {
  explicit Slot(Slots& all) : slots(all) {}
  ~Slot() { slots.release(); }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;
  Slots& slots;
};

class PageServer {
 public:
  explicit PageServer(const std::string& file) : studies_(file) {
    server_.set_payload_max_length(kLongestBody);
    server_.set_read_timeout(kLongestRead_s);
    server_.set_write_timeout(kLongestRead_s);
    server_.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
    add_page();
    add_answers();
  }

  std::string listen_on(int port) {
    const int bound = port == 0                                 ? server_.bind_to_any_port("127.0.0.1")
                      : server_.bind_to_port("127.0.0.1", port) ? port
                                                                : -1;
    if (bound < 0) throw UsageError(fmt::format("port {} of 127.0.0.1 cannot be listened on", port));
    const std::string token = new_token();
    server_.set_pre_routing_handler([guard = Guard(bound, token)](const auto& request, auto& response) {
      const auto refusal = guard.refusal({.path = request.path,
                                          .host = request.get_header_value("Host"),
                                          .origin = request.get_header_value("Origin"),
                                          .token = request.get_header_value("X-Tandem-Token")});
      if (!refusal) return httplib::Server::HandlerResponse::Unhandled;
      answer_error(response, refusal->status, refusal->reason);
      response.set_header("Connection", "close");  // the body has not been read
      return httplib::Server::HandlerResponse::Handled;
    });
    // What follows # is not sent: the token is in no log, and in no address that another page is told.
    return fmt::format("http://127.0.0.1:{}/#token={}", bound, token);
  }

  /// Whoever asks then is still answered. The signal is not taken: it ends this process once nobody watches for it.
  void serve_until(const SignalWatch& signals) {
    std::thread listener([this] { server_.listen_after_bind(); });
    wait_until_readable(std::array{signals.descriptor()}, std::numeric_limits<double>::infinity());
    server_.stop();
    listener.join();
  }

 private:
  void add_page() {
    server_.set_default_headers(
        {{"Content-Security-Policy",
          "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src "
          "data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
         {"X-Content-Type-Options", "nosniff"},
         {"Referrer-Policy", "no-referrer"},
         {"Cache-Control", "no-store"}});
    const auto add_file = [this](const char* path, std::string_view text, const char* type) {
      server_.Get(path, [text, type](const httplib::Request&, httplib::Response& response) {
        response.set_content(text.data(), text.size(), type);
      });
    };
    add_file("/", kPage, "text/html; charset=utf-8");
    add_file("/serve.js", kServeScript, "text/javascript; charset=utf-8");
    add_file("/serve.css", kServeStyle, "text/css; charset=utf-8");
  }

  void add_answers() {
    server_.Post("/api/studies", json_handler([this](const auto&, auto& response) {
                   answer_json(response, {{"studies", studies_.names()}});
                 }));
    server_.Post("/api/study", json_handler([this](const auto& asked, auto& response) {
                   answer_json(response, study_of(asked).description());
                 }));
    server_.Post("/api/formula", json_handler([this](const auto& asked, auto& response) {
                   answer_json(response, study_of(asked).formula(asked.value("state", nlohmann::json::object())));
                 }));
    server_.Post("/api/simulation", json_handler([this](const auto& asked, auto& response) {
                   Scenario scenario = study_of(asked).scenario_in(asked.value("state", nlohmann::json::object()));
                   scenario.trace = asked.value("trace", false);
                   if (!slots_.try_acquire()) return answer_error(response, 503, "other simulations are running");
                   const Slot slot(slots_);
                   answer_json(response, simulate(scenario));
                 }));
    server_.Post("/api/run", json_handler([this](const auto& asked, auto& response) {
                   constexpr int kConflict = 409;
                   if (!studies_.start(asked.value("study", std::string()), run_))
                     return answer_error(response, kConflict, "a study is running; wait for it, or cancel it");
                   answer_json(response, run_.status());
                 }));
    server_.Post("/api/run/status",
                 json_handler([this](const auto&, auto& response) { answer_json(response, run_.status()); }));
    server_.Post("/api/run/cancel", json_handler([this](const auto&, auto& response) {
                   run_.cancel();
                   answer_json(response, run_.status());
                 }));
  }

  const ServedStudy& study_of(const nlohmann::json& asked) {
    return studies_.find(asked.value("study", std::string()));
  }

  Studies studies_;
  Slots slots_{kSimulationsAtATime};
  StudyRun run_;
  httplib::Server server_;
};

}  // namespace

void serve(const ServerOptions& options, const std::function<void(const std::string& address)>& ready) {
  const SignalWatch signals;  // outlives the server: a signal ends this process once a running study is cleared away
  PageServer server(options.file);
  ready(server.listen_on(options.port));
  server.serve_until(signals);
}

}  // namespace tandem

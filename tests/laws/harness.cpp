#include "tests/laws/harness.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "algorithms/strategies/strategy.h"
#include "app/run/execute.h"
#include "app/store/run_folder.h"
#include "app/worlds/worlds.h"
#include "core/process/child.h"
#include "tests/temporary_folder.h"

namespace tandem::laws {
namespace {

std::vector<float> read_parameters(const std::filesystem::path& path) {
  const std::string bytes = content_of(path);
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return values;
}

}  // namespace

Scenario small_mlp(const std::string& strategy, int workers, const std::string& world) {
  Scenario scenario{.name = "small", .question = "Do the laws hold?", .seed = 7, .world = world};
  scenario.strategy = parse_strategy(strategy);
  WorkloadSpec& workload = scenario.workload;
  // Nine layers, so that eight stages have one each; odd widths, so that nothing divides evenly.
  workload.model = {.kind = ModelKind::mlp,
                    .hidden = {13, 11, 9, 7, 13, 5, 11, 9},
                    .activation = Activation::tanh,
                    .initialisation = Initialisation::glorot};
  workload.data = {.source = DataSource::synthetic_linear, .validation = 0.1, .rows = 251, .features = 7, .noise = 0.1};
  workload.loss = Loss::mse;
  workload.optimizer = {.lr = 0.05, .momentum = 0.9};
  workload.batch = {.global = 26};
  workload.stop = {.steps = 6};
  scenario.cluster.workers = workers;
  scenario.timeout_s = 30;
  scenario.save_parameters = true;
  return scenario;
}

Scenario phantom(const std::string& strategy, int workers, std::size_t parameters, std::size_t layers,
                 double flops_per_sample) {
  Scenario scenario{
      .name = "phantom", .question = "How long does it take?", .world = "sim", .payload = Payload::phantom};
  scenario.strategy = parse_strategy(strategy);
  WorkloadSpec& workload = scenario.workload;
  workload.model.kind = ModelKind::profile;
  for (std::size_t layer = 0; layer < layers; ++layer) {
    const double flops = flops_per_sample / static_cast<double>(layers);
    workload.model.profile.push_back({.name = fmt::format("layer{}", layer),
                                      .parameters = even_part(parameters, layers, layer).size(),
                                      .forward_flops_per_sample = flops / 3,
                                      .backward_flops_per_sample = flops * 2 / 3,
                                      .activations_per_sample = 0});
  }
  workload.data.source = DataSource::none;
  workload.batch = {.per_worker = 8};
  workload.stop = {.steps = 3};
  scenario.cluster.workers = workers;
  scenario.cluster.speed_flops_per_s = 50e9;
  scenario.cluster.network.bandwidth_bytes_per_s = 1.25e9;
  scenario.cluster.network.latency_s = 20e-6;
  return scenario;
}

RunResult run(const Scenario& scenario) {
  const TemporaryFolder folder;
  return run_in(folder.path(), scenario);
}

std::string failure_of(const Scenario& scenario) {
  try {
    run(scenario);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

RunResult run_in(const std::filesystem::path& folder, const Scenario& scenario, const std::filesystem::path& resume,
                 const std::function<void()>& meanwhile) {
  Dataset data;
  Run one{.scenario = scenario, .directory = folder, .mpirun = {.program = this_program()}};
  if (!resume.empty()) one.resume = resume;
  if (scenario.workload.model.kind != ModelKind::profile) {
    data = load_dataset(scenario.workload.data, scenario.workload.loss, scenario.seed);
    one.data = &data;
  }
  const FileDescriptor log(open(log_of_run(folder).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  Child process =
      fork_child({.leads_group = true, .output = log.get(), .errors = log.get()}, [&] { return execute(one); });
  if (meanwhile) meanwhile();
  constexpr double kDeadline_s = 120;
  if (!wait_until_readable(std::array{process.descriptor()}, kDeadline_s)) {
    process.end(/*grace_s=*/1);
    throw std::runtime_error("the run did not end in time");
  }
  const ProcessEnd end = process.wait();
  if (!end.is_success()) throw std::runtime_error(end.text() + ": " + end_of_log(folder));
  RunResult result = take_over(folder).value();
  if (!result.failure.empty()) throw std::runtime_error(result.failure);
  if (scenario.save_parameters) result.parameters = read_parameters(folder / "parameters.f32");
  return result;
}

std::vector<std::vector<Span>> computations_of(Scenario scenario) {
  scenario.trace = true;
  const TemporaryFolder folder;
  const RunResult result = run_in(folder.path(), scenario);
  std::vector<std::vector<Span>> spans(static_cast<std::size_t>(result.ranks));
  const auto trace = nlohmann::json::parse(content_of(folder.path() / "trace.json"));
  for (const nlohmann::json& event : trace.at("traceEvents")) {
    const std::string name = event.at("name");
    if (event.at("ph") != "X" || name == "idle" || name.starts_with("send") || name.starts_with("receive")) continue;
    const double start_s = event.at("ts").get<double>() / 1e6, length_s = event.at("dur").get<double>() / 1e6;
    spans[event.at("pid").get<std::size_t>()].push_back(
        {.name = name, .start_s = start_s, .end_s = start_s + length_s});
  }
  return spans;
}

std::vector<std::string> runnable_worlds() {
  std::vector<std::string> names;
  for (const World* world : worlds()) names.emplace_back(world->name);
  return names;
}

std::vector<std::string> worlds_for(int workers) {
  std::vector<std::string> names;
  for (const World* world : worlds()) {
    const bool is_cheap = world->started_by == StartedBy::itself;
    const bool has_launcher = world->started_by == StartedBy::launcher;
    if (is_cheap || (has_launcher ? workers == 3 || workers == 6 : workers <= 6)) names.emplace_back(world->name);
  }
  return names;
}

}  // namespace tandem::laws

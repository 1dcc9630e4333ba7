// peer_tandem_steps mlp|VALUES WORLD STRATEGY WORKERS: the steps of a strategy, as its workers record them. `mlp`
// trains 784-1024-1024-10 with 64 samples per worker; a number is a profile model of so many parameters, which
// computes nothing.
#include <bit>
#include <cstdlib>
#include <numeric>
#include <string>

#include "algorithms/strategies/strategy.h"
#include "app/worlds/worlds.h"
#include "bench/peers/samples.h"

namespace {

using namespace tandem;

constexpr std::size_t kWarmUp = 5, kSteps = 40, kBatch = 64;

Dataset made_up_images(std::size_t rows) {
  Dataset data{.width = 784, .classes = 10};
  data.train.count = rows;
  std::vector<float> features;
  for (std::size_t i = 0; i < rows * data.width; ++i) features.push_back(static_cast<float>(i % 251) / 251);
  data.train.features = RowFeatures(std::move(features));
  for (std::size_t row = 0; row < rows; ++row) data.train.targets.push_back(static_cast<float>(row % data.classes));
  return data;
}

WorkloadSpec workload_of(const std::string& model) {
  WorkloadSpec workload;
  workload.batch.per_worker = kBatch;
  workload.stop.steps = kWarmUp + kSteps;
  if (model == "mlp") {
    workload.model.hidden = {1024, 1024};
  } else {
    workload.model.kind = ModelKind::profile;
    workload.model.profile = {{.name = "all", .parameters = std::strtoull(model.c_str(), nullptr, 10)}};
  }
  return workload;
}

std::vector<double> step_times(const Training& training) {
  std::vector<double> times_s;
  for (std::size_t i = kWarmUp; i < training.steps().size(); ++i) {
    times_s.push_back(training.steps()[i].time_s - training.steps()[i - 1].time_s);
  }
  return times_s;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return std::fprintf(stderr, "usage: peer_tandem_steps mlp|VALUES WORLD STRATEGY WORKERS\n"), 2;
  const World* world = find_world(argv[2]);
  const Strategy* strategy = all_strategies().find(argv[3]);
  if (world == nullptr || strategy == nullptr) return std::fprintf(stderr, "no such world or strategy\n"), 2;
  const int workers = std::atoi(argv[4]);
  const std::string model = argv[1];
  const WorkloadSpec workload = workload_of(model);
  const Dataset images = made_up_images(model == "mlp" ? 4 * kBatch * static_cast<std::size_t>(workers) : 0);
  const Job job = make_job(workload, parse_strategy(argv[3]), workers, 42, model == "mlp" ? &images : nullptr);

  world->run({.ranks = strategy->layout(job.strategy, workers).ranks}, [&](Endpoint& endpoint) {
    Comm comm(endpoint, {});
    Training training(0);
    const peers::Others others;
    const double before_s = peers::cpu_seconds(RUSAGE_SELF);
    strategy->run(comm, job, training);
    double cpu_s = (peers::cpu_seconds(RUSAGE_SELF) - before_s) / (kWarmUp + kSteps);
    if (comm.rank() != 0) return comm.send(0, 1, {}, Meta{{std::bit_cast<std::int64_t>(cpu_s)}});
    for (int rank = 1; rank < comm.size(); ++rank) cpu_s += std::bit_cast<double>(comm.recv(rank, 1, {}).words[0]);
    peers::print(step_times(training), cpu_s, others.share(cpu_s * (kWarmUp + kSteps)));
  });
}

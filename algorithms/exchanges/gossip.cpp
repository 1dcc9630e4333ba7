// Decentralised parallel SGD, D-PSGD (Lian et al., "Can decentralized algorithms outperform centralized algorithms?",
// NIPS 2017): no worker ever hears from all. In each step a worker averages its parameters with its neighbours' and
// then takes the step of its own gradient, which it computed at its parameters from before.
//
//   cost of a step with g neighbours: compute/n + alpha + g N beta, however many workers there are
//   room: g copies of the parameters
//
// The workers' squared distance to their mean shrinks by the second largest eigenvalue of the weights, squared, in
// every step, and grows with what their gradients differ. The run's model is worker 0's.
#include "algorithms/exchanges/gossip_graph.h"
#include "algorithms/exchanges/local_step.h"
#include "core/config/options.h"

namespace tandem::strategies {
namespace {

struct GossipOptions {
  GossipGraph graph = GossipGraph::ring;
};

std::vector<int> neighbours_in(const Job& job, int worker, std::size_t step) {
  return neighbours(job.strategy.get<GossipOptions>().graph, job.workers, worker, job.seed, step);
}

class Gossip : public OwnStep {
 public:
  using OwnStep::OwnStep;

  std::optional<bool> end_step(Comm& comm, const Step& step) override {
    mix(comm, neighbours_in(job_, comm.rank(), step.number));
    take_step(comm, step);
    return std::nullopt;
  }

 private:
  void mix(Comm& comm, const std::vector<int>& others) {
    constexpr int kParametersTag = 1;
    const Slice own = replica_.parameters(), theirs = comm.scratch(others.size() * own.count);
    std::vector<Op> ops;
    for (std::size_t i = 0; i < others.size(); ++i) {
      ops.push_back(comm.irecv(others[i], kParametersTag, theirs.part(i * own.count, own.count)));
      ops.push_back(comm.isend(others[i], kParametersTag, own));
    }
    comm.wait_all(ops);
    const auto weight = 1 / static_cast<float>(others.size() + 1);
    comm.compute({.memory_bytes = 2.0 * static_cast<double>(own.bytes() + theirs.bytes())}, [&] {
      for (std::size_t i = 0; i < others.size(); ++i) add(own, theirs.part(i * own.count, own.count));
      float* mean = own.f32();
      for (std::size_t i = 0; i < own.count; ++i) mean[i] *= weight;
    });
  }
};

std::optional<Traffic> traffic(const Job& job, int rank, StepRange steps) {
  const std::uint64_t messages = neighbours_in(job, rank, 0).size();
  const std::uint64_t bytes = messages * bytes_of(job.model.parameters);
  return Traffic{messages, bytes, messages, bytes} * steps.size();
}

OptionTable gossip_options() {
  const auto graph = choice<GossipGraph>({{"ring", GossipGraph::ring},
                                          {"torus", GossipGraph::torus},
                                          {"complete", GossipGraph::complete},
                                          {"random", GossipGraph::random}});
  return option_table<GossipOptions>(
      Mapping<GossipOptions>().key("graph", &GossipOptions::graph, graph, "whose parameters a worker averages"),
      +[](const GossipOptions& options) {
        constexpr const char* kNames[] = {"ring", "torus", "complete", "random"};
        return std::string(kNames[static_cast<std::size_t>(options.graph)]);
      });
}

}  // namespace

Strategy gossip() {
  return data_parallel(
      {.name = "gossip",
       .doc = "workers average with their neighbours in a graph, and nobody with all",
       .paper = "Lian et al. 2017 (D-PSGD)",
       .options = {gossip_options()},
       .scale = GradientScale::own,
       .worker_copies = Copy::version,
       .facts = [](const Choice&) { return Facts{.every_gradient_every_step = false, .replicas_agree = false}; },
       .make = [](const Worker& worker) { return std::make_unique<Gossip>(worker); },
       .traffic = traffic});
}

}  // namespace tandem::strategies

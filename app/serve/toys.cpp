#include "app/serve/toys.h"

#include <array>

namespace tandem {
namespace {

// Three megabytes of gradients and 20 ms of computation: the ring takes a fifth of a step while nobody is slow.
constexpr std::string_view kSlowWorker = R"(tandem: 1
name: one-slow-worker
question: What does one slow worker cost the other seven?
workload:
  model: {name: profile, parameters: 750000, flops_per_sample: 6.25Mflop, layer_count: 4}
  batch: {per_worker: 32}
  stop: {steps: 6}
world: sim
cluster:
  workers: 8
  host: {speed: 10Gflop/s}
  network: {bandwidth: 10Gbit/s, latency: 50us}
  slowdowns: [{worker: 0, factor: 3}]
sweep:
  grid:
    strategy:
      - {name: allreduce, collective: ring}
      - {name: ps-async, servers: 8}
      - {name: backup-workers, backups: 1}
      - {name: local-sgd, period: 4}
)";

// ResNet-50's gradients take 0.8 s at 1 Gbit/s, and half a batch computes in 0.1 s.
constexpr std::string_view kTwoNodes = R"(tandem: 1
name: two-nodes
question: Why are two nodes not faster than one?
workload:
  model: {name: profile, profile: resnet50, samples_per_s: 320}
  batch: {global: 64}
  stop: {steps: 3}
world: sim
cluster:
  workers: 2
  network: {bandwidth: 1Gbit/s, latency: 50us}
sweep:
  grid:
    strategy:
      - {name: allreduce, collective: ring}
      - {name: allreduce, collective: ring, codec: fp16}
      - {name: allreduce, collective: ring, codec: {name: top-k, ratio: 0.01}}
      - {name: ps-sync}
)";

constexpr std::string_view kBubble = R"(tandem: 1
name: fill-the-bubble
question: How many micro-batches fill the bubble of a pipeline?
workload:
  model: {name: profile, parameters: 8000000, flops_per_sample: 6Gflop, layer_count: 16, activations: 65536}
  batch: {global: 256}
  stop: {steps: 2}
world: sim
cluster:
  workers: 4
  host: {speed: 1Tflop/s}
  network: {bandwidth: 10Gbit/s, latency: 20us}
sweep:
  grid:
    strategy:
      - {name: pipeline, microbatches: 2, schedule: gpipe}
      - {name: pipeline, microbatches: 2, schedule: 1f1b}
      - {name: pipeline, microbatches: 4, schedule: interleaved}
)";

// A step computes for a second, and a ring passes on seven eighths of 400 MB twice: 5.6 s at 1 Gbit/s.
constexpr std::string_view kDiloco = R"(tandem: 1
name: diloco
question: How little bandwidth keeps eight workers busy, if they need not agree after every step?
workload:
  model: {name: profile, parameters: 100000000, flops_per_sample: 312.5Gflop, layer_count: 8}
  batch: {per_worker: 32}
  stop: {steps: 8}
world: sim
cluster:
  workers: 8
  host: {speed: 10Tflop/s}
  network: {bandwidth: 1Gbit/s, latency: 20ms}
sweep:
  grid:
    strategy:
      - {name: diloco, period: 8}
      - {name: diloco, period: 2}
      - {name: allreduce, collective: ring, overlap: true}
)";

constexpr std::array<Toy, 4> kToys = {{
    {"one-slow-worker",
     "Worker 0 is three times slower. Find the strategy that it hurts least, and say what that one leaves out. Then "
     "make the network so slow that the slow worker hardly matters.",
     kSlowWorker},
    {"two-nodes",
     "Two nodes are slower than one. Find two ways to make them faster than one: one that money buys, and one that it "
     "does not.",
     kTwoNodes},
    {"fill-the-bubble",
     "Four stages, two micro-batches: most of the time, most stages wait. Fill the bubble, then find out what too many "
     "micro-batches cost when latency grows.",
     kBubble},
    {"diloco",
     "Eight sites compute for one second a step. Find the bandwidth that keeps them busy three quarters of their time "
     "when they average after every eighth step, after every second one, and when they sum gradients after every step.",
     kDiloco, "bandwidth"},
}};

}  // namespace

std::span<const Toy> toys() { return kToys; }

}  // namespace tandem

// One rank on its own: computations run (or, phantom, do not), work is summed, and the clock moves one second a
// computation.
#pragma once

#include <memory>
#include <string>

#include "core/comm.h"

namespace tandem {

class LocalEndpoint : public Endpoint {
 public:
  explicit LocalEndpoint(Payload payload = Payload::numeric) : payload_(payload) {}

  int rank() const override { return 0; }
  int size() const override { return 1; }
  Op isend(int, int, const Meta&, Slice) override { broken_invariant("a lone rank sends"); }
  Op irecv(int, int, Meta*, Slice, Reception) override { broken_invariant("a lone rank receives"); }
  Completion wait_any(std::span<const Op>, double) override { broken_invariant("a lone rank waits"); }
  void cancel(const Op&) override {}
  void compute(const Work& work, const std::function<void()>& body) override {
    flops += work.flops;
    memory_bytes += work.memory_bytes;
    ++computations;
    if (payload_ == Payload::numeric) body();
  }
  double now() override { return computations; }
  void sleep_until(double) override {}
  std::unique_ptr<Task> spawn(std::string, std::function<void(Endpoint&)>) override {
    broken_invariant("a lone rank spawns");
  }

  double flops = 0, memory_bytes = 0;
  int computations = 0;

 private:
  Payload payload_;
};

}  // namespace tandem

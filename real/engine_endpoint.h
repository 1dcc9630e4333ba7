// The endpoint of the worlds that have an engine: one stack's view of its rank. A spawned stack runs in a thread.
#pragma once

#include <memory>
#include <string>

#include "core/cluster.h"
#include "core/endpoint.h"
#include "real/compute.h"
#include "real/engine.h"

namespace tandem::real {

class EngineEndpoint : public Endpoint {
 public:
  /// Both must outlive the endpoint.
  EngineEndpoint(Engine& engine, const Cluster& cluster)
      : engine_(engine), cluster_(cluster), host_(cluster, &engine.stopped_s()) {}

  int rank() const override { return engine_.rank(); }
  int size() const override { return engine_.size(); }
  Op isend(int to, int tag, const Meta& meta, Slice data) override {
    return engine_.isend(stack_, to, tag, meta, data);
  }
  Op irecv(int from, int tag, Meta* meta, Slice data, Reception reception) override {
    return engine_.irecv(stack_, from, tag, meta, data, reception);
  }
  Completion wait_any(std::span<const Op> ops, double deadline_s) override {
    return engine_.wait_any(stack_, ops, deadline_s);
  }
  void cancel(const Op& op) override { engine_.cancel(op); }
  void compute(const Work& work, const std::function<void()>& body) override;
  double now() override { return engine_.now(); }
  void sleep_until(double time_s) override { engine_.sleep_until(stack_, time_s); }
  void hang(double lasts_s) override { engine_.hang(lasts_s); }
  std::unique_ptr<Task> spawn(std::string name, std::function<void(Endpoint&)> stack) override;

  /// See Engine::end.
  void end() { engine_.end(stack_); }

 private:
  Engine& engine_;
  const Cluster& cluster_;
  EmulatedHost host_;
  EngineStack stack_;
};

}  // namespace tandem::real

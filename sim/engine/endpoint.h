// The seam of the sim world.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/endpoint.h"
#include "core/rounds.h"
#include "sim/engine/simulation.h"

namespace tandem::sim {

class SimEndpoint : public Endpoint, private RoundsPlayer {
 public:
  SimEndpoint(Simulation& simulation, Stack& stack)
      : simulation_(simulation), stack_(stack), host_speed_(simulation.options().cluster.host_speed_of(stack.rank())) {}

  int rank() const override { return stack_.rank(); }
  int size() const override { return simulation_.options().ranks; }
  Op isend(int to, int tag, const Meta& meta, Slice data) override;
  Op irecv(int from, int tag, Meta* meta, Slice data, Reception reception) override;
  Completion wait_any(std::span<const Op> ops, double deadline_s) override;
  void cancel(const Op& op) override;
  void compute(const Work& work, const std::function<void()>& body) override;
  double now() override;
  void sleep_until(double time_s) override;
  void hang(double lasts_s) override { simulation_.hang(stack_, lasts_s); }
  std::unique_ptr<Task> spawn(std::string name, std::function<void(Endpoint&)> stack) override;
  RoundsPlayer* rounds_player() override;

 private:
  int rounds_together(const RoundsAt& at) override;
  void add_round(const RoundsAt& at, const RoundParts& parts) override;
  Op isend_rounds(int to, Slice data, const RoundsAt& at, int rounds) override;
  Op irecv_rounds(int from, Slice data, const RoundsAt& at) override;
  bool has_values() const { return simulation_.options().payload == Payload::numeric; }
  PostedOp& post(Op& op, Slice data);
  void handle_messages(int peer, std::uint32_t count);

  Simulation& simulation_;
  Stack& stack_;
  HostSpeed host_speed_;
};

}  // namespace tandem::sim

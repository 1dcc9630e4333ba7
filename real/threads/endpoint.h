// The endpoint of the threads world.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/endpoint.h"
#include "real/compute.h"
#include "real/threads/run.h"

namespace tandem::threads {

class ThreadEndpoint : public Endpoint {
 public:
  ThreadEndpoint(Run& run, Stack& stack, int rank) : run_(run), stack_(stack), rank_(rank), host_(run.cluster()) {}
  ~ThreadEndpoint() override { stack_.withdraw_all(); }

  int rank() const override { return rank_; }
  int size() const override { return run_.size(); }
  Op isend(int to, int tag, const Meta& meta, Slice data) override;
  Op irecv(int from, int tag, Meta* meta, Slice data, Reception reception) override;
  Completion wait_any(std::span<const Op> ops, double deadline_s) override;
  void cancel(const Op& op) override;
  void compute(const Work& work, const std::function<void()>& body) override;
  double now() override;
  void sleep_until(double time_s) override;
  std::unique_ptr<Task> spawn(std::string name, std::function<void(Endpoint&)> stack) override;

 private:
  enum class Progress { none, copied, being_copied };

  Record& posted(const Op& op);
  std::size_t first_done(std::span<const Op> ops);
  Progress move_values(std::span<const Op> ops);
  Completion retire(const Op& op, std::size_t index);
  Clock::time_point time_point(double time_s) const;

  Run& run_;
  Stack& stack_;
  int rank_;
  EmulatedHost host_;
};

}  // namespace tandem::threads

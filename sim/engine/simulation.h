// One run: the ranks of a simulated cluster, from their first stack to the verdict.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/world.h"
#include "sim/coarse/round_plan.h"
#include "sim/coarse/round_values.h"
#include "sim/engine/activities.h"
#include "sim/engine/digest.h"
#include "sim/engine/matching.h"
#include "sim/engine/stack.h"

namespace tandem::sim {

class Simulation {
 public:
  /// `options` outlive it.
  Simulation(const WorldOptions& options, Platform platform);

  /// Plays `body` on every rank until nothing is left to do. Throws RunFailed.
  WorldReport run(const RankBody& body);

  // For endpoints.
  const WorldOptions& options() const { return options_; }
  Activities& activities() { return activities_; }
  Matching& matching() { return matching_; }
  RoundPlan& round_plan() { return round_plan_; }
  RoundValues& round_values() { return round_values_; }
  /// A stack that runs `body` with an endpoint of its own.
  Stack& start_stack(int rank, std::string name, std::function<void(Endpoint&)> body);
  /// Called by the stack itself: its rank's host stands still for so long.
  void hang(Stack& stack, double lasts_s);
  /// For how long the rank's host has done so in all.
  double stood_still_s(int rank) const { return hosts_[static_cast<std::size_t>(rank)].stood_still_s; }
  /// It has ended and nobody refers to it any more.
  void reuse(Stack& stack) { free_stacks_.push_back(&stack); }
  /// Every stack is being unwound: nothing may block or wake any more.
  bool is_torn_down() const { return is_torn_down_; }

 private:
  struct Host {
    double stands_until_s = 0;
    double stood_still_s = 0;
  };

  /// Whether anything can still happen.
  bool is_alive() const;
  Stack& free_stack();
  void run_stack(Stack& stack, bool is_main, const std::function<void(Endpoint&)>& body);
  void end_rank(int rank, const std::string& error);
  void tear_down();
  std::string blocked_stacks();

  const WorldOptions& options_;
  Platform platform_;
  EventDigest digest_;
  std::vector<Host> hosts_;   ///< by rank
  std::deque<Stack> stacks_;  ///< outlive the channels, which link their ops
  std::vector<Stack*> free_stacks_;
  Activities activities_;
  Matching matching_;
  RoundPlan round_plan_;
  RoundValues round_values_;
  std::string first_failure_;
  std::string deadlock_;
  bool is_torn_down_ = false;
  int ranks_ended_ = 0;
  double ended_s_ = 0;  ///< when the last stack did
};

}  // namespace tandem::sim

// A rank dies at its first call of the seam, in another run at its second, and so on to its end: whatever it was in the
// midst of, the others end their training.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "app/run/execute.h"
#include "app/run/session.h"
#include "app/store/sha256.h"
#include "app/worlds/worlds.h"
#include "core/process/child.h"
#include "core/rank_died.h"
#include "tests/laws/harness.h"
#include "tests/temporary_folder.h"

namespace tandem::laws {
namespace {

/// Passes everything on, up to a call at which its rank dies.
class MortalEndpoint : public Endpoint {
 public:
  MortalEndpoint(Endpoint& own, int calls_left) : own_(own), calls_left_(calls_left) {}

  int rank() const override { return own_.rank(); }
  int size() const override { return own_.size(); }
  Op isend(int to, int tag, const Meta& meta, Slice data) override {
    live();
    return own_.isend(to, tag, meta, data);
  }
  Op irecv(int from, int tag, Meta* meta, Slice data, Reception reception) override {
    live();
    return own_.irecv(from, tag, meta, data, reception);
  }
  Completion wait_any(std::span<const Op> ops, double deadline_s) override {
    live();
    return own_.wait_any(ops, deadline_s);
  }
  void cancel(const Op& op) override { own_.cancel(op); }
  void compute(const Work& work, const std::function<void()>& body) override {
    live();
    own_.compute(work, body);
  }
  double now() override { return own_.now(); }
  void sleep_until(double time_s) override { own_.sleep_until(time_s); }
  std::unique_ptr<Task> spawn(std::string name, std::function<void(Endpoint&)> stack) override {
    return own_.spawn(std::move(name), std::move(stack));
  }

 private:
  void live() {
    if (calls_left_-- == 0) throw RankDied();
  }

  Endpoint& own_;
  int calls_left_;
};

struct Outcome {
  bool has_died = false;
  std::size_t least_steps = 0;  ///< the fewest that a living worker has taken
  std::string sha256;           ///< the gathered parameters'
  double sum = 0;               ///< the parameters'
};

Outcome outcome_of(const Job& job, const std::vector<RankRecord>& records, int victim) {
  Outcome outcome{.least_steps = job.steps};
  std::vector<float> parameters(job.model.parameters);
  for (const RankRecord& record : records) {
    if (record.rank == victim) outcome.has_died = record.has_died;
    if (record.rank < job.workers && !record.has_died)
      outcome.least_steps = std::min(outcome.least_steps, record.steps.size());
    for (const Snapshot& piece : record.owned)
      std::copy(piece.values.begin(), piece.values.end(),
                parameters.begin() + static_cast<std::ptrdiff_t>(piece.offset));
  }
  outcome.sha256 = sha256_of(parameters.data(), parameters.size());
  for (const float value : parameters) outcome.sum += value;
  return outcome;
}

/// In a process of its own, as a simulation wants. The rank dies at its call number `call`.
Outcome outcome_of_death(const Scenario& scenario, int victim, int call) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "outcome";
  Child child = fork_child({}, [&] {
    const Dataset data = load_dataset(scenario.workload.data, scenario.workload.loss, scenario.seed);
    const Job job = job_of(scenario, &data);
    const int ranks = strategy_of(job.strategy).layout(job.strategy, job.workers).ranks;
    const WorldOptions options{.ranks = ranks,
                               .timeout_s = scenario.timeout_s,
                               .cluster = scenario.cluster,
                               .mortal = {1, static_cast<std::size_t>(ranks)}};
    scenario.traits().run(options, [&](Endpoint& endpoint) {
      MortalEndpoint mortal(endpoint, endpoint.rank() == victim ? call : -1);
      const auto records = train_and_gather(mortal, strategy_of(job.strategy), job,
                                            {.timeout_s = scenario.timeout_s, .begin_together = true});
      if (records.empty()) return;
      const Outcome outcome = outcome_of(job, records, victim);
      std::ofstream(path) << outcome.has_died << ' ' << outcome.least_steps << ' ' << outcome.sha256 << ' '
                          << outcome.sum;
    });
    return 0;
  });
  const ProcessEnd end = child.wait();
  EXPECT_TRUE(end.is_success()) << end.text();
  Outcome outcome;
  std::istringstream(content_of(path)) >> outcome.has_died >> outcome.least_steps >> outcome.sha256 >> outcome.sum;
  return outcome;
}

/// Calls `expect` for a death at each call, or at some: real worlds take longer.
void for_each_death(Scenario scenario, int victim, const std::function<void(const Outcome&)>& expect) {
  for (const auto& [world, every] : std::vector<std::pair<std::string, int>>{{"sim", 1}, {"threads", 3}, {"tcp", 19}}) {
    scenario.world = world;
    int call = 0;
    for (bool has_died = true; has_died && !testing::Test::HasFailure(); call += every) {
      SCOPED_TRACE(fmt::format("{} of {} in {}: call {}", victim, strategy_label(scenario.strategy), world, call));
      const Outcome outcome = outcome_of_death(scenario, victim, call);
      expect(outcome);
      has_died = outcome.has_died;
    }
    EXPECT_GT(call, 30) << world;
  }
}

Scenario short_run(const std::string& strategy, int workers) {
  Scenario scenario = small_mlp(strategy, workers, "sim");
  scenario.workload.model.hidden = {5};
  scenario.workload.stop = {.steps = 4};
  return scenario;
}

TEST(DeathAtEveryCall, WorkersThatAverageGoOn) {
  for (const char* strategy : {"{name: gossip, deaths: 1}", "{name: ad-psgd, deaths: 1}"}) {
    for (const int victim : {1, 2}) {
      for_each_death(short_run(strategy, 4), victim, [](const Outcome& outcome) {
        EXPECT_EQ(outcome.least_steps, 4U);
        EXPECT_TRUE(std::isfinite(outcome.sum) && outcome.sum != 0) << outcome.sum;
      });
    }
  }
}

// A server dies in the midst of summing, of telling its replica, or of answering; or the replica does.
TEST(DeathAtEveryCall, ServersWithReplicasEndWithTheSameBits) {
  for (const char* options : {"", ", bucket: 64B"}) {
    const Scenario scenario = short_run(fmt::format("{{name: ps-sync, servers: 1, replicas: 1{}}}", options), 3);
    const Outcome whole = outcome_of_death(scenario, 3, -1);
    ASSERT_EQ(whole.least_steps, 4U);
    for (const int victim : {3, 4}) {
      for_each_death(scenario, victim, [&](const Outcome& outcome) {
        EXPECT_EQ(outcome.least_steps, 4U);
        EXPECT_EQ(outcome.sha256, whole.sha256);
      });
    }
  }
}

}  // namespace
}  // namespace tandem::laws

#include "tests/sim/flows.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace tandem {
namespace {

void play_rank(Endpoint& endpoint, const std::vector<Flow>& flows, std::vector<double>& values) {
  std::vector<Op> ops;
  std::vector<std::size_t> slots, sends;
  for (std::size_t i = 0; i < flows.size(); ++i) {
    if (flows[i].from == endpoint.rank()) sends.push_back(i);
    if (flows[i].to != endpoint.rank()) continue;
    ops.push_back(endpoint.irecv(flows[i].from, static_cast<int>(i), nullptr, phantom(flows[i].count)));
    slots.push_back(2 * i);
  }
  std::stable_sort(sends.begin(), sends.end(),
                   [&](std::size_t one, std::size_t other) { return flows[one].start_s < flows[other].start_s; });

  auto send = sends.begin();
  for (std::size_t left = ops.size() + sends.size(); left > 0;) {
    for (; send != sends.end() && flows[*send].start_s <= endpoint.now(); ++send) {
      ops.push_back(endpoint.isend(flows[*send].to, static_cast<int>(*send), {}, phantom(flows[*send].count)));
      slots.push_back(2 * *send + 1);
    }
    const Completion completion = endpoint.wait_any(ops, send == sends.end() ? kNoDeadline : flows[*send].start_s);
    if (completion.outcome == Outcome::deadline_exceeded) continue;
    ASSERT_EQ(completion.outcome, Outcome::complete);
    values[slots[completion.index]] = endpoint.now();
    ops[completion.index].id = 0;
    --left;
  }
}

}  // namespace

std::vector<double> play(const WorldOptions& options, const std::vector<Flow>& flows) {
  return simulate(options, 2 * flows.size(),
                  [&](Endpoint& endpoint, std::vector<double>& values) { play_rank(endpoint, flows, values); })
      .values;
}

}  // namespace tandem

// Every operation of every collective, in every world that starts its own ranks: what it leaves in the slices, and its
// messages and bytes, held to the closed form. A world is run once for all of them, because a simulation wants a
// process of its own; what is wrong throws on its rank.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "algorithms/collectives/kinds.h"
#include "app/worlds/worlds.h"

namespace tandem::laws {
namespace {

// Whole numbers, whose sums are exact in any order.
float value(int rank, std::size_t i) { return static_cast<float>(1 + (7 * rank + static_cast<int>(i % 11)) % 13); }

float value_of(const ValueOrigin& origin, int size) {
  if (origin.rank != ValueOrigin::kAllRanks) return value(origin.rank, origin.place);
  float sum = 0;
  for (int rank = 0; rank < size; ++rank) sum += value(rank, origin.place);
  return sum;
}

struct Call {
  const OperationKind& kind;
  const Collective& algorithm;
  CallShape shape;

  std::string text(int rank) const {
    return fmt::format("{} {}, rank {} of {}, {} values, root {}, {} ranks per node", algorithm.name, kind.name, rank,
                       shape.size, shape.count, shape.root, shape.ranks_per_node);
  }
};

void expect_values(const Call& call, int rank, Slice result) {
  if (!call.kind.has_values) return;
  for (std::size_t i = 0; i < result.count; ++i) {
    const std::optional<ValueOrigin> origin = call.kind.origin(call.shape, rank, i);
    if (!origin || result.f32()[i] == value_of(*origin, call.shape.size)) continue;
    throw std::runtime_error(fmt::format("value {} of {} is {}", i, call.text(rank), result.f32()[i]));
  }
}

std::string text_of(const Traffic& traffic) {
  return fmt::format("{} messages and {} bytes out, {} and {} in, {} kept", traffic.messages_sent, traffic.bytes_sent,
                     traffic.messages_received, traffic.bytes_received, traffic.bytes_kept);
}

void expect_all(Comm& comm, const Call& call, bool has_closed_form) {
  const Buffer data = comm.make_buffer(call.shape.count), result = comm.make_buffer(call.shape.count);
  for (std::size_t i = 0; i < call.shape.count; ++i) data.slice().f32()[i] = value(comm.rank(), i);
  const Traffic before = comm.ledger().traffic;
  comm.ledger().counting = true;
  call.kind.run(call.algorithm, comm, data, result, call.shape.root);
  comm.ledger().counting = false;
  expect_values(call, comm.rank(), call.kind.is_in_place ? data : result);
  if (!has_closed_form) return;
  Traffic wanted = call.kind.traffic(call.algorithm, call.shape, comm.rank());
  const std::string closed_form = text_of(wanted);
  wanted += before;
  if (comm.ledger().traffic == wanted) return;
  throw std::runtime_error(fmt::format("traffic of {}: in all {}; the closed form says {}", call.text(comm.rank()),
                                       text_of(comm.ledger().traffic), closed_form));
}

std::vector<int> roots(const OperationKind& kind, int size) {
  if (!kind.has_root || size == 1) return {0};
  if (size == 2) return {0, 1};
  return {0, (size - 1) / 2, size - 1};
}

void expect_every_call(Comm& comm, const OperationKind& kind, const std::vector<std::size_t>& counts,
                       bool has_closed_form) {
  const auto size = static_cast<std::size_t>(comm.size());
  for (const Collective* algorithm : algorithms_of(kind)) {
    for (const std::size_t count : counts) {
      for (const int root : roots(kind, comm.size())) {
        const CallShape shape = shape_of(comm, kind.needs_equal_parts ? count / size * size : count, root);
        expect_all(comm, {kind, *algorithm, shape}, has_closed_form);
      }
    }
  }
}

struct Place {
  const World* world;
  int ranks;
};
void PrintTo(const Place& place, std::ostream* out) { *out << place.world->name << ", " << place.ranks << " ranks"; }

class Operations : public testing::TestWithParam<Place> {
 protected:
  int size() const { return GetParam().ranks; }

  // Calls `body` with a Comm for each number of ranks per node.
  void run(const std::vector<int>& ranks_per_node, const std::function<void(Comm&)>& body) const {
    const World& world = *GetParam().world;
    world.run({.ranks = size()}, [&](Endpoint& endpoint) {
      for (const int ranks : ranks_per_node) {
        Comm comm(endpoint,
                  {.timeout_s = wait_limit_s(world, 60), .nodes = {.workers = size(), .ranks_per_node = ranks}});
        body(comm);
      }
    });
  }
};

TEST_P(Operations, LeaveWhatTheySayAndSendWhatTheirClosedFormSays) {
  const std::vector<std::size_t> counts{0, 1, 7 * static_cast<std::size_t>(size()) + 3, 1009};
  run({1}, [&](Comm& comm) {
    for (const OperationKind& kind : operation_kinds()) expect_every_call(comm, kind, counts, true);
  });
}

// Vectors long enough for pieces: of trees and chains at 300 KB, of the hierarchical one at 9 MB.
TEST_P(Operations, OfManyPieces) {
  if (size() > 5) return;
  run({2}, [&](Comm& comm) {
    for (const OperationKind& kind : operation_kinds()) expect_every_call(comm, kind, {75'011}, true);
    const OperationKind& all_reduce = operation_kind("all-reduce");
    expect_all(comm, {all_reduce, collective_named("hierarchical"), shape_of(comm, 2'300'011)}, true);
  });
}

TEST_P(Operations, KnowWhichRanksShareANode) {
  run({2, 3, 4, 7}, [&](Comm& comm) { expect_every_call(comm, operation_kind("all-reduce"), {0, 1, 1009}, true); });
}

// Every other rank, from the last to the first; with three ranks in a node that leaves nodes of one and of two.
TEST_P(Operations, InAGroup) {
  std::vector<int> members;
  for (int rank = size() - 1; rank >= 0; rank -= 2) members.push_back(rank);
  run({1, 3}, [&](Comm& comm) {
    if ((size() - 1 - comm.rank()) % 2 != 0) return;
    const bool has_closed_form = size() == 1 || comm.node_of(0) != comm.node_of(1);
    Comm group = comm.group(members, 9);
    for (const OperationKind& kind : operation_kinds()) expect_every_call(group, kind, {1, 1009}, has_closed_form);
  });
}

std::vector<Place> places() {
  std::vector<Place> all;
  for (const World* world : worlds()) {
    if (world->started_by == StartedBy::launcher) continue;
    for (const int ranks : {1, 2, 3, 5, 8, 13}) all.push_back({world, ranks});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Ranks, Operations, testing::ValuesIn(places()), [](const auto& test) {
  return std::string(test.param.world->name) + "_" + std::to_string(test.param.ranks);
});

// Over all ranks, what is sent is what is received, in every shape.
TEST(ClosedForms, WhatIsSentIsReceived) {
  for (const OperationKind& kind : operation_kinds()) {
    for (const Collective* algorithm : algorithms_of(kind)) {
      for (const int size : {1, 2, 3, 4, 5, 7, 8, 12, 13, 16, 33}) {
        for (const std::size_t count : {0UL, 1UL, 2UL, 31UL, 1000UL, 3'000'000UL}) {
          CallShape shape{.size = size, .count = count, .root = size / 2, .ranks_per_node = 1 + size / 3};
          if (kind.needs_equal_parts) shape.count -= shape.count % static_cast<std::size_t>(size);
          Traffic total;
          for (int rank = 0; rank < size; ++rank) total += kind.traffic(*algorithm, shape, rank);
          EXPECT_EQ(total.messages_sent, total.messages_received) << algorithm->name << " " << kind.name << size;
          EXPECT_EQ(total.bytes_sent, total.bytes_received) << algorithm->name << " " << kind.name << size;
        }
      }
    }
  }
}

}  // namespace
}  // namespace tandem::laws

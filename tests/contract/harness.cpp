#include "tests/contract/harness.h"

#include <fmt/format.h>

#include <stdexcept>

#include "tests/contract/worlds.h"

namespace tandem::contract {
namespace {

constexpr int kTellTag = 999;

float value_at(int from, int message, std::size_t i) {
  return static_cast<float>(from * 1000003 + message * 1009) + static_cast<float>(i % 8191);
}

enum class Which { all, real, phantom };

std::vector<Case> cases(Which which, const std::vector<int>& rank_counts) {
  std::vector<Case> cases;
  for (const World* world : worlds()) {
    if (which != Which::all && world->carries_phantoms != (which == Which::phantom)) continue;
    for (int ranks : rank_counts) cases.push_back({world, ranks});
  }
  return cases;
}

std::string world_name(const testing::TestParamInfo<Case>& test) { return std::string(test.param.world->name); }

std::string world_and_ranks(const testing::TestParamInfo<Case>& test) {
  return fmt::format("{}_{}", test.param.world->name, test.param.ranks);
}

const std::vector<int> kRankCounts = {1, 2, 3, 4, 8};

}  // namespace

void run(const World& world, const WorldOptions& options, const CommBody& body) {
  world.run(options, [&](Endpoint& endpoint) {
    Comm comm(endpoint, {.payload = options.payload, .timeout_s = options.timeout_s});
    body(comm);
  });
}

void run(const World& world, int ranks, const CommBody& body) { run(world, {.ranks = ranks, .timeout_s = 20}, body); }

std::string failure_of(const World& world, const WorldOptions& options, const CommBody& body) {
  try {
    run(world, options, body);
  } catch (const RunFailed& failure) {
    return failure.what();
  }
  ADD_FAILURE() << "the run should have failed";
  return "";
}

void require(bool condition, const std::string& what) {
  if (!condition) throw std::runtime_error("check failed: " + what);
}

Buffer filled(const Comm& comm, std::size_t count, int from, int message) {
  Buffer buffer = comm.make_buffer(count);
  for (std::size_t i = 0; i < count; ++i) buffer.slice().f32()[i] = value_at(from, message, i);
  return buffer;
}

void require_filled(Slice data, int from, int message, const std::string& what) {
  for (std::size_t i = 0; i < data.count; ++i) {
    if (data.f32()[i] == value_at(from, message, i)) continue;
    require_equal(data.f32()[i], value_at(from, message, i),
                  fmt::format("{}: value {} of {} from rank {}, message {}", what, i, data.count, from, message));
  }
}

void tell(Comm& comm, int peer) { comm.send(peer, kTellTag, comm.make_buffer(0)); }
void await(Comm& comm, int peer) { comm.recv(peer, kTellTag, comm.make_buffer(0)); }

INSTANTIATE_TEST_SUITE_P(Contract, EachWorld, testing::ValuesIn(cases(Which::all, {0})), world_name);
INSTANTIATE_TEST_SUITE_P(Contract, EachRealWorld, testing::ValuesIn(cases(Which::real, {0})), world_name);
INSTANTIATE_TEST_SUITE_P(Contract, EachSize, testing::ValuesIn(cases(Which::all, kRankCounts)), world_and_ranks);
INSTANTIATE_TEST_SUITE_P(Contract, EachPhantomSize, testing::ValuesIn(cases(Which::phantom, kRankCounts)),
                         world_and_ranks);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(EachPhantomSize);

}  // namespace tandem::contract

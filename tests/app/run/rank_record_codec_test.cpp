// RankRecord to bytes and back: nothing is lost, and nothing else is taken for one.
#include "app/run/rank_record_codec.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>

namespace tandem {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// As encode frames it: the length, the record, padding.
Buffer framed(const std::vector<std::uint8_t>& bytes, std::uint64_t length) {
  Buffer buffer((sizeof length + bytes.size() + 3) / 4, Payload::numeric);
  auto* to = reinterpret_cast<std::uint8_t*>(buffer.slice().f32());
  std::memcpy(to, &length, sizeof length);
  if (!bytes.empty()) std::memcpy(to + sizeof length, bytes.data(), bytes.size());
  return buffer;
}

std::vector<std::uint8_t> unframed(const Buffer& buffer) {
  std::uint64_t length = 0;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(buffer.slice().f32());
  std::memcpy(&length, bytes, sizeof length);
  return {bytes + sizeof length, bytes + sizeof length + length};
}

TEST(RankRecordCodec, AnEmptyRecordComesBackEmpty) {
  const RankRecord back = decode(encode(RankRecord{}));
  EXPECT_EQ(back.rank, 0);
  EXPECT_EQ(back.time_s, 0);
  EXPECT_EQ(back.traffic, Traffic{});
  EXPECT_TRUE(back.steps.empty() && back.updates.empty() && back.snapshots.empty() && back.owned.empty());
  EXPECT_TRUE(back.replica_sha256.empty() && back.spans.empty());
}

TEST(RankRecordCodec, EveryFieldComesBack) {
  const RankRecord record{.rank = 7,
                          .time_s = 0.1,
                          .compute_s = 0.025,
                          .communication_s = 1e-300,
                          .traffic = {1, 1ULL << 40, 3, 4},
                          .steps = {{.step = 3, .time_s = 0.5, .loss = 1.0 / 3, .samples = 11}},
                          .updates = {{.step = 2, .time_s = 0.25, .worker = 5, .staleness = 13}},
                          .snapshots = {{.step = 9, .time_s = 2, .offset = 17, .values = {1, 2, 3}}},
                          .owned = {{.offset = 1, .values = {-0.0F}}, {.offset = 2}},
                          .replica_sha256 = {"abc", ""},
                          .spans = {{.name = "compute", .stack = 1, .start_s = 1, .end_s = 2}},
                          .process = 4'000'000'000,
                          .peak_rss_bytes = 1ULL << 50};
  const RankRecord back = decode(encode(record));
  EXPECT_EQ(back.rank, 7);
  EXPECT_EQ(back.time_s, 0.1);
  EXPECT_EQ(back.compute_s, 0.025);
  EXPECT_EQ(back.communication_s, 1e-300);
  EXPECT_EQ(back.traffic, record.traffic);
  ASSERT_EQ(back.steps.size(), 1u);
  EXPECT_EQ(back.steps[0].step, 3u);
  EXPECT_EQ(back.steps[0].time_s, 0.5);
  EXPECT_EQ(back.steps[0].loss, 1.0 / 3);
  EXPECT_EQ(back.steps[0].samples, 11u);
  ASSERT_EQ(back.updates.size(), 1u);
  EXPECT_EQ(back.updates[0].step, 2u);
  EXPECT_EQ(back.updates[0].time_s, 0.25);
  EXPECT_EQ(back.updates[0].worker, 5);
  EXPECT_EQ(back.updates[0].staleness, 13);
  ASSERT_EQ(back.snapshots.size(), 1u);
  EXPECT_EQ(back.snapshots[0].step, 9u);
  EXPECT_EQ(back.snapshots[0].time_s, 2);
  EXPECT_EQ(back.snapshots[0].offset, 17u);
  EXPECT_EQ(back.snapshots[0].values, (std::vector<float>{1, 2, 3}));
  ASSERT_EQ(back.owned.size(), 2u);
  EXPECT_TRUE(std::signbit(back.owned[0].values.at(0)));
  EXPECT_TRUE(back.owned[1].values.empty());
  EXPECT_EQ(back.replica_sha256, record.replica_sha256);
  ASSERT_EQ(back.spans.size(), 1u);
  EXPECT_EQ(back.spans[0].name, "compute");
  EXPECT_EQ(back.spans[0].stack, 1);
  EXPECT_EQ(back.spans[0].start_s, 1);
  EXPECT_EQ(back.spans[0].end_s, 2);
  EXPECT_EQ(back.process, 4'000'000'000);
  EXPECT_EQ(back.peak_rss_bytes, 1ULL << 50);
}

class ParameterCount : public testing::TestWithParam<std::size_t> {};

TEST_P(ParameterCount, EveryBitOfTheParametersComesBack) {
  std::vector<float> values;
  for (std::size_t i = 0; i < GetParam(); ++i)
    values.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(i * 2654435761U)));
  const RankRecord back = decode(encode({.owned = {{.values = values}}}));
  ASSERT_EQ(back.owned.at(0).values.size(), values.size());
  EXPECT_EQ(values.empty() ? 0 : std::memcmp(back.owned[0].values.data(), values.data(), values.size() * 4), 0);
}
INSTANTIATE_TEST_SUITE_P(Sizes, ParameterCount, testing::Values(0, 1, 2, 3, 7, 101, 65536, 65537));

TEST(RankRecordCodec, ADivergedRunComesBackAsItIs) {
  const float quiet = std::numeric_limits<float>::quiet_NaN();
  const RankRecord back = decode(encode({.time_s = kInfinity,
                                         .steps = {{.loss = kNaN}, {.loss = kInfinity}, {.loss = -kInfinity}},
                                         .owned = {{.values = {quiet, std::numeric_limits<float>::infinity()}}}}));
  EXPECT_EQ(back.time_s, kInfinity);
  EXPECT_TRUE(std::isnan(back.steps.at(0).loss));
  EXPECT_EQ(back.steps.at(1).loss, kInfinity);
  EXPECT_EQ(back.steps.at(2).loss, -kInfinity);
  EXPECT_EQ(std::bit_cast<std::uint32_t>(back.owned.at(0).values.at(0)), std::bit_cast<std::uint32_t>(quiet));
}

TEST(RankRecordCodec, RefusesBytesThatAreNoRecord) {
  EXPECT_THROW(decode(Buffer()), RunFailed);
  EXPECT_THROW(decode(Buffer(1, Payload::numeric)), RunFailed) << "shorter than its length field";
  EXPECT_THROW(decode(Buffer(2, Payload::numeric)), RunFailed) << "a record of no bytes";
  EXPECT_THROW(decode(framed({1, 2, 3}, 5)), RunFailed) << "says more than there is";
  EXPECT_THROW(decode(framed({1, 2, 3}, ~0ULL)), RunFailed) << "a length that wraps around";
  EXPECT_THROW(decode(framed({0xff, 0xff, 0xff, 0xff}, 4)), RunFailed) << "no CBOR";
  EXPECT_THROW(decode(framed(nlohmann::json::to_cbor({{"rank", 1}}), 7)), RunFailed) << "fields are missing";
}

TEST(RankRecordCodec, RefusesARecordCutAnywhere) {
  const std::vector<std::uint8_t> whole = unframed(encode({.owned = {{.values = {1, 2, 3}}}}));
  for (std::size_t kept = 0; kept < whole.size(); ++kept)
    EXPECT_THROW(decode(framed(whole, kept)), RunFailed) << kept << " of " << whole.size() << " bytes";
}

TEST(RankRecordCodec, RefusesAPartOfAParameter) {
  nlohmann::json json = nlohmann::json::from_cbor(unframed(encode({.owned = {{.values = {1, 2}}}})));
  json["owned"][0]["values"].get_binary().pop_back();
  const std::vector<std::uint8_t> bytes = nlohmann::json::to_cbor(json);
  EXPECT_THROW(decode(framed(bytes, bytes.size())), RunFailed);
}

}  // namespace
}  // namespace tandem

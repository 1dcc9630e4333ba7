// Invariant 3: a result that beats its lower bound is refused, with the numbers.
#include <gtest/gtest.h>

#include "app/run/check.h"
#include "core/errors.h"
#include "tests/laws/harness.h"

namespace tandem::laws {
namespace {

class Physics : public testing::Test {
 protected:
  // Two workers, 1.25e9 byte/s each way, 16 samples of 1e9 flops on hosts of 50e9 flop/s.
  const Scenario scenario_ = phantom("allreduce", 2, 1000, 1, 1e9);
  const Job job_ = make_job(scenario_.workload, scenario_.strategy, 2, 1, nullptr);

  void check(double time_s, std::uint64_t out, std::uint64_t in, std::uint64_t kept) const {
    RankRecord record;
    record.traffic = {.messages_sent = 1, .bytes_sent = out, .messages_received = 1, .bytes_received = in};
    record.traffic.bytes_kept = kept;
    check_physics(scenario_, job_, time_s, /*samples=*/16, {record});
  }
};

TEST_F(Physics, ATimeAtItsBoundStands) {
  EXPECT_NO_THROW(check(1.0, 1'250'000'000, 0, 0));
  EXPECT_NO_THROW(check(1.0, 0, 1'250'000'000, 0));
}

TEST_F(Physics, MoreBytesThanTheLinkCarriesAreRefused) {
  EXPECT_THROW(check(1.0, 1'250'000'100, 0, 0), CheckFailed);
  EXPECT_THROW(check(1.0, 0, 1'250'000'100, 0), CheckFailed);
}

TEST_F(Physics, BytesToItselfUseNoLink) { EXPECT_NO_THROW(check(1.0, 2'500'000'000, 2'500'000'000, 1'250'000'000)); }

TEST_F(Physics, ArithmeticFasterThanTheHostsIsRefused) {
  // 16 x 1e9 flops on two hosts of 50e9 flop/s: 0.16 s.
  EXPECT_NO_THROW(check(0.16, 0, 0, 0));
  try {
    check(0.1599, 0, 0, 0);
    FAIL() << "it was accepted";
  } catch (const CheckFailed& error) {
    EXPECT_NE(std::string(error.what()).find("at least 0.16 s"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace tandem::laws

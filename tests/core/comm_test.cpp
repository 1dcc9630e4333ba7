// What Comm adds to an endpoint, seen with an endpoint that answers as told. What needs ranks is in tests/contract.
#include "core/comm.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>

#include "core/message_span.h"

namespace tandem {
namespace {

// Rank 1 of 4. Ops complete in the order that `answers` says; time passes by 1 s a wait.
class ScriptedEndpoint : public Endpoint {
 public:
  int rank() const override { return 1; }
  int size() const override { return 4; }
  Op isend(int to, int tag, const Meta&, Slice) override { return post(to, tag); }
  Op irecv(int from, int tag, Meta*, Slice, Reception) override { return post(from, tag); }
  Completion wait_any(std::span<const Op>, double deadline) override {
    deadline_s = deadline;
    time_s += 1;
    return answer;
  }
  void cancel(const Op& op) override { cancelled.insert(op.id); }
  void compute(const Work&, const std::function<void()>& body) override {
    body();
    time_s += 2;
  }
  double now() override { return time_s; }
  void sleep_until(double until_s) override { time_s = until_s; }
  std::unique_ptr<Task> spawn(std::string, std::function<void(Endpoint&)>) override { return nullptr; }

  double time_s = 10;
  double deadline_s = 0;
  Completion answer;
  std::vector<std::pair<int, int>> posted;  ///< peer and tag on the wire
  std::set<std::uint64_t> cancelled;

 private:
  Op post(int peer, int tag) {
    posted.emplace_back(peer, tag);
    return {.id = posted.size()};
  }
};

class CommOverScript : public testing::Test {
 protected:
  ScriptedEndpoint endpoint;
  Comm comm{endpoint, {.timeout_s = 5}};
  Buffer buffer = comm.make_buffer(3);
};

template <class Error>
std::string text_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST_F(CommOverScript, TheTransferIsCommunicationAndTheWaitBeforeItIsNot) {
  comm.ledger().counting = comm.ledger().tracing = true;
  Op op = comm.irecv(2, 7, buffer);
  endpoint.answer = {.index = 0, .started_s = 10.75};
  comm.wait(op);
  EXPECT_DOUBLE_EQ(comm.ledger().communication_s, 0.25);
  ASSERT_EQ(comm.ledger().spans.size(), 3u);
  EXPECT_EQ(comm.ledger().spans[0].name, "idle");
  EXPECT_DOUBLE_EQ(comm.ledger().spans[0].end_s, 10.75);
  EXPECT_EQ(comm.ledger().spans[1].name, "receive from 2");
  EXPECT_DOUBLE_EQ(comm.ledger().spans[1].end_s, 11);
  EXPECT_EQ(message_of(comm.ledger().spans[2].name), (MessageEnd{.peer = 2, .tag = 7, .bytes = 12}));
}

TEST_F(CommOverScript, AMessageIsRecordedFromItsPostByRankAndTagOfTheWorld) {
  comm.ledger().counting = comm.ledger().tracing = true;
  Comm group = comm.group({3, 1}, 2);
  Op op = group.isend(0, 7, buffer);
  endpoint.answer = {.index = 0, .started_s = 4};
  group.wait(op);
  ASSERT_EQ(comm.ledger().spans.size(), 2u) << "no idle time, so no span of it";
  EXPECT_EQ(comm.ledger().spans[0].name, "send to 3");
  const Span& message = comm.ledger().spans[1];
  EXPECT_EQ(message_of(message.name),
            (MessageEnd{.is_send = true, .peer = 3, .tag = endpoint.posted.back().second, .bytes = 12}));
  EXPECT_DOUBLE_EQ(message.start_s, 4);
  EXPECT_DOUBLE_EQ(message.end_s, 11);
}

TEST_F(CommOverScript, ATransferThatBeganBeforeTheWaitCountsFromTheWait) {
  comm.ledger().counting = true;
  Op op = comm.isend(2, 7, buffer);
  endpoint.answer = {.index = 0, .started_s = 3};
  comm.wait(op);
  EXPECT_DOUBLE_EQ(comm.ledger().communication_s, 1);
}

TEST_F(CommOverScript, ComputingIsTimed) {
  comm.ledger().counting = true;
  comm.compute({.flops = 1}, [] {});
  EXPECT_DOUBLE_EQ(comm.ledger().compute_s, 2);
}

TEST_F(CommOverScript, ADeadlineIsSaidWithWhoIsMissing) {
  Op ops[] = {comm.irecv(2, 7, buffer), {}, comm.isend(3, 8, buffer)};
  endpoint.answer = {.outcome = Outcome::deadline_exceeded};
  EXPECT_EQ(text_of<DeadlineExceeded>([&] { comm.wait_any(ops); }),
            "rank 1 at 11 s: waited 5 s for 3 values from rank 2 (tag 7), rank 3 to take 3 values (tag 8)");
  EXPECT_DOUBLE_EQ(endpoint.deadline_s, 15);
  EXPECT_TRUE(ops[0] && ops[2]);
  EXPECT_TRUE(endpoint.cancelled.empty());
}

TEST_F(CommOverScript, ManyMissingRanksAreNotAllListed) {
  std::vector<Op> ops;
  for (int tag = 0; tag < 20; ++tag) ops.push_back(comm.irecv(2, tag, buffer));
  endpoint.answer = {.outcome = Outcome::deadline_exceeded};
  const std::string text = text_of<DeadlineExceeded>([&] { comm.wait_any(ops); });
  EXPECT_NE(text.find("(tag 7), ..."), text.npos) << text;
  EXPECT_EQ(text.find("(tag 8)"), text.npos) << text;
}

TEST_F(CommOverScript, AFailedOpIsNoneAndTheOthersStayPosted) {
  Op ops[] = {comm.irecv(2, 7, buffer), comm.irecv(3, 8, buffer)};
  endpoint.answer = {.index = 1, .outcome = Outcome::peer_failed, .detail = "connection reset"};
  EXPECT_EQ(text_of<PeerFailed>([&] { comm.wait_any(ops); }),
            "rank 1 at 11 s: rank 3 failed while waiting for 3 values from rank 3 (tag 8): connection reset");
  EXPECT_TRUE(ops[0]);
  EXPECT_FALSE(ops[1]);
}

TEST_F(CommOverScript, BlockingCallsThatFailWithdrawWhatTheyPosted) {
  endpoint.answer = {.index = 1, .outcome = Outcome::peer_failed};
  EXPECT_THROW(comm.send_recv(2, buffer, 3, buffer, 7), PeerFailed);
  EXPECT_EQ(endpoint.cancelled, (std::set<std::uint64_t>{1}));
  endpoint.answer = {.outcome = Outcome::deadline_exceeded};
  EXPECT_THROW(comm.recv(2, 7, buffer), DeadlineExceeded);
  EXPECT_EQ(endpoint.cancelled, (std::set<std::uint64_t>{1, 3}));
}

TEST_F(CommOverScript, GroupsTranslateRanksAndKeepTagsApart) {
  Comm group = comm.group({3, 1}, 1);
  Comm nested = group.group({1, 0}, 2);
  EXPECT_EQ(group.rank(), 1);
  EXPECT_EQ(nested.rank(), 0);
  comm.isend(3, 7, buffer);
  group.isend(0, 7, buffer);
  nested.isend(1, 7, buffer);
  comm.notify(7);
  std::set<int> tags;
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(endpoint.posted[i].first, 3);
  EXPECT_EQ(endpoint.posted[3].first, 1);
  for (const auto& [peer, tag] : endpoint.posted) tags.insert(tag);
  EXPECT_EQ(tags.size(), 4u);
}

TEST_F(CommOverScript, ScratchIsKeptAndGrows) {
  const Slice small = comm.scratch(10);
  EXPECT_EQ(comm.scratch(5).address, small.address);
  EXPECT_EQ(comm.scratch(5).count, 5u);
  EXPECT_EQ(comm.scratch(1000).count, 1000u);
}

}  // namespace
}  // namespace tandem

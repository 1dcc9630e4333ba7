// What a peer may send on an established connection, byte by byte: the test plays the peer.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cstring>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "real/tcp/engine.h"
#include "tests/real/loopback_run.h"
#include "tests/real/rank_of_two.h"

namespace tandem::tcp {

using real::FrameType;
using real::kMaxValues;
namespace {

constexpr double kTimeout_s = 20;

/// Rank 0 of two. Rank 1 is the other end of its socket, in the hands of the test.
class Frames : public testing::Test {
 protected:
  explicit Frames(EngineOptions options = {.timeout_s = kTimeout_s}) {
    engine_ = std::make_unique<TcpEngine>(mesh_of_rank_0(peer_), options);
  }

  void peer_sends(const void* bytes, std::size_t size) { send_all(peer_.get(), bytes, size, deadline_in(kTimeout_s)); }
  void peer_sends(const Header& header) { peer_sends(&header, sizeof header); }
  void peer_sends_values(const std::vector<float>& values) { peer_sends(values.data(), values.size() * sizeof(float)); }
  Header peer_receives() {
    Header header;
    receive_all(peer_.get(), &header, sizeof header, deadline_in(kTimeout_s));
    return header;
  }
  static Header frame(FrameType type, int tag, std::size_t count, std::uint64_t message = 0) {
    Header header;
    header.type = type;
    header.tag = tag;
    header.count = count;
    header.message = message;
    return header;
  }

  Op receive(int tag, std::vector<float>& into, Meta* meta = nullptr) {
    return engine_->irecv(stack_, 1, tag, meta, {into.data(), into.size()});
  }
  Op receive_add(int tag, std::vector<float>& into) {
    return engine_->irecv(stack_, 1, tag, nullptr, {into.data(), into.size()}, Reception::add);
  }
  Op send(int tag, std::vector<float>& from) { return engine_->isend(stack_, 1, tag, {}, {from.data(), from.size()}); }
  Completion wait(const Op& op) { return engine_->wait_any(stack_, {&op, 1}, engine_->now() + kTimeout_s); }
  /// Takes what is there without waiting.
  Completion poll_now(const Op& op) { return engine_->wait_any(stack_, {&op, 1}, 0); }
  void expect_failure(const Completion& completion, const std::string& detail) {
    EXPECT_EQ(completion.outcome, Outcome::peer_failed);
    EXPECT_EQ(completion.detail, detail);
  }

  FileDescriptor peer_;
  std::unique_ptr<TcpEngine> engine_;
  real::EngineStack stack_;
  std::vector<float> three_ = std::vector<float>(3), five_ = std::vector<float>(5), none_;
};

std::vector<float> counted(std::size_t count, float first) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = first + static_cast<float>(i);
  return values;
}

TEST_F(Frames, WhatIsNoFrameFailsThePeerForNowAndLater) {
  const Op op = receive(1, three_);
  const std::string garbage(200, 'x');
  peer_sends(garbage.data(), garbage.size());
  expect_failure(wait(op), "it sent what is not a frame");
  expect_failure(wait(receive(2, three_)), "it sent what is not a frame");
  expect_failure(wait(send(2, three_)), "it sent what is not a frame");
  EXPECT_TRUE(is_turned_away(peer_)) << "the peer is not told";
}

TEST_F(Frames, AnImpossibleLengthFailsThePeer) {
  const Op op = receive(1, three_);
  peer_sends(frame(FrameType::data, 1, kMaxValues + 1));
  expect_failure(wait(op), "it sent what is not a frame");
}

TEST_F(Frames, AnUnknownTypeFailsThePeer) {
  const Op op = receive(1, three_);
  peer_sends(frame(static_cast<FrameType>(77), 1, 0));
  expect_failure(wait(op), "it sent a frame of unknown type 77");
}

TEST_F(Frames, ValuesThatWereNotAskedForFailThePeer) {
  const Op op = receive(1, three_);
  peer_sends(frame(FrameType::request, 2, 3, 9));
  peer_sends(frame(FrameType::payload, 2, 3, 9));
  expect_failure(wait(op), "it sent values that were not asked for");
}

TEST_F(Frames, AnotherSizeThanAnnouncedFailsThePeer) {
  const Op op = receive(1, three_);
  peer_sends(frame(FrameType::request, 1, 3, 9));
  EXPECT_EQ(poll_now(op).outcome, Outcome::deadline_exceeded);
  EXPECT_EQ(peer_receives().type, FrameType::clear);
  peer_sends(frame(FrameType::payload, 1, 4, 9));
  expect_failure(wait(op), "it sent another size than it had announced");
}

TEST_F(Frames, AWithdrawalOfNothingFailsThePeer) {
  const Op op = receive(1, three_);
  peer_sends(frame(FrameType::withdraw, 0, 0, 5));
  expect_failure(wait(op), "it withdrew a message that it had not announced");
}

TEST_F(Frames, AConnectionThatEndsInTheMiddleOfAMessageFailsIt) {
  const Op op = receive(1, three_);
  peer_sends(frame(FrameType::data, 1, 3));
  peer_sends("1234", 4);
  peer_.reset();
  expect_failure(wait(op), "it closed the connection");
}

TEST_F(Frames, ValuesAreAddedHoweverTheStreamIsCut) {
  const std::vector<float> values = counted(3, 1);
  std::vector<std::byte> bytes(sizeof(Header) + 3 * sizeof(float));
  const Header header = frame(FrameType::data, 1, 3);
  std::memcpy(bytes.data(), &header, sizeof header);
  std::memcpy(bytes.data() + sizeof header, values.data(), 3 * sizeof(float));
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
    for (const bool is_posted_late : {false, true}) {
      three_ = {10, 20, 30};
      Op op = is_posted_late ? Op{} : receive_add(1, three_);
      const Op driver = receive(2, none_);
      peer_sends(bytes.data(), cut);
      EXPECT_EQ(poll_now(driver).outcome, Outcome::deadline_exceeded);
      if (is_posted_late) op = receive_add(1, three_);
      peer_sends(bytes.data() + cut, bytes.size() - cut);
      EXPECT_EQ(wait(op).outcome, Outcome::complete);
      EXPECT_EQ(three_, (std::vector<float>{11, 22, 33})) << "cut at " << cut;
      engine_->cancel(driver);
    }
  }
}

// 6 bytes: one value and a half. It is added up, and the rest of the message is dropped, whether or not the next
// receive of its tag is there already.
TEST_F(Frames, AMessageThatIsPartlyAddedUpIsConsumedByTheCancellation) {
  const std::vector<float> values = counted(3, 1);
  for (const bool next_is_posted : {false, true}) {
    three_ = {10, 20, 30};
    std::vector<float> next(3);
    const Op op = receive_add(1, three_);
    Op wanted = next_is_posted ? receive(1, next) : Op{};
    peer_sends(frame(FrameType::data, 1, 3));
    peer_sends(values.data(), 6);
    EXPECT_EQ(poll_now(op).outcome, Outcome::deadline_exceeded);
    engine_->cancel(op);
    if (!next_is_posted) wanted = receive(1, next);
    peer_sends(reinterpret_cast<const std::byte*>(values.data()) + 6, 6);
    peer_sends(frame(FrameType::data, 1, 3));
    peer_sends_values(counted(3, 7));
    EXPECT_EQ(wait(wanted).outcome, Outcome::complete);
    EXPECT_EQ(three_, (std::vector<float>{11, 20, 30}));
    EXPECT_EQ(next, counted(3, 7));
  }
}

TEST_F(Frames, AMessageOfWhichNoValueIsAddedUpGoesToTheNextReceive) {
  const std::vector<float> values = counted(3, 1);
  const Op op = receive_add(1, three_);
  peer_sends(frame(FrameType::data, 1, 3));
  peer_sends(values.data(), 2);
  EXPECT_EQ(poll_now(op).outcome, Outcome::deadline_exceeded);
  engine_->cancel(op);
  std::vector<float> next(3);
  const Op wanted = receive(1, next);
  peer_sends(reinterpret_cast<const std::byte*>(values.data()) + 2, 10);
  EXPECT_EQ(wait(wanted).outcome, Outcome::complete);
  EXPECT_EQ(next, values);
  EXPECT_EQ(three_, (std::vector<float>{0, 0, 0}));
}

TEST_F(Frames, WhatCameBeforeTheGoodbyeIsStillReceived) {
  const Op missing = receive(7, five_);
  peer_sends(frame(FrameType::data, 1, 3));
  peer_sends_values(counted(3, 10));
  peer_sends(frame(FrameType::goodbye, 0, 0));
  expect_failure(wait(missing), "rank 1 has already ended");
  EXPECT_EQ(wait(receive(1, three_)).outcome, Outcome::complete);
  EXPECT_EQ(three_, counted(3, 10));
  expect_failure(wait(receive(1, three_)), "rank 1 has already ended");
}

TEST_F(Frames, AMessageOfAnotherSizeIsConsumedAndTheBufferUntouched) {
  const Op op = receive(1, three_);
  peer_sends(frame(FrameType::data, 1, 5000));
  peer_sends_values(counted(5000, 1));
  peer_sends(frame(FrameType::data, 1, 3));
  peer_sends_values(counted(3, 20));
  const Completion completion = wait(op);
  EXPECT_EQ(completion.outcome, Outcome::size_mismatch);
  EXPECT_EQ(completion.detail, "got 5000 values, expected 3");
  EXPECT_EQ(three_, std::vector<float>(3));
  EXPECT_EQ(wait(receive(1, three_)).outcome, Outcome::complete);
  EXPECT_EQ(three_, counted(3, 20));
}

TEST_F(Frames, AReceivePostedInTheMiddleOfAMessageTakesItOver) {
  const std::vector<float> sent = counted(10007, 0);
  std::vector<float> received(sent.size());
  const Op other = receive(2, none_);
  peer_sends(frame(FrameType::data, 1, sent.size()));
  peer_sends(sent.data(), 5001 * sizeof(float) + 1);
  EXPECT_EQ(poll_now(other).outcome, Outcome::deadline_exceeded);
  const Op op = receive(1, received);
  EXPECT_EQ(poll_now(op).outcome, Outcome::deadline_exceeded);
  peer_sends(reinterpret_cast<const char*>(sent.data()) + 5001 * sizeof(float) + 1, 5006 * sizeof(float) - 1);
  EXPECT_EQ(wait(op).outcome, Outcome::complete);
  EXPECT_EQ(received, sent);
}

TEST_F(Frames, AReceiveCancelledInTheMiddleOfAMessageHandsItOn) {
  const std::vector<float> sent = counted(10007, 0);
  std::vector<float> given_up(sent.size()), received(sent.size());
  const Op op = receive(1, given_up);
  peer_sends(frame(FrameType::data, 1, sent.size()));
  peer_sends(sent.data(), 5000 * sizeof(float));
  EXPECT_EQ(poll_now(op).outcome, Outcome::deadline_exceeded);
  engine_->cancel(op);
  const std::vector<float> at_cancellation = given_up;
  peer_sends(sent.data() + 5000, 5007 * sizeof(float));
  EXPECT_EQ(wait(receive(1, received)).outcome, Outcome::complete);
  EXPECT_EQ(received, sent);
  EXPECT_EQ(given_up, at_cancellation) << "a buffer was written after its receive was cancelled";
}

// Every cut of the stream of bytes must be as good as every other.
TEST_F(Frames, MessagesArriveWholeHoweverTheStreamIsCut) {
  std::mt19937 random(11);
  std::vector<std::byte> stream;
  std::vector<std::vector<float>> sent;
  for (const std::size_t count : {0, 1, 3, 0, 2032, 2033, 4096, 17, 0, 30011, 1, 5}) {
    sent.push_back(counted(count, static_cast<float>(sent.size() * 100000)));
    Header header = frame(FrameType::data, static_cast<int>(sent.size() % 3), count);
    header.meta.words[0] = static_cast<std::int64_t>(sent.size());
    const auto* bytes = reinterpret_cast<const std::byte*>(&header);
    stream.insert(stream.end(), bytes, bytes + sizeof header);
    bytes = reinterpret_cast<const std::byte*>(sent.back().data());
    stream.insert(stream.end(), bytes, bytes + count * sizeof(float));
  }
  std::size_t gone = 0;
  const auto send_some = [&] {
    const std::size_t longest = random() % 4 == 0 ? 20000 : 70;
    const std::size_t size = std::min(stream.size() - gone, 1 + random() % longest);
    peer_sends(stream.data() + gone, size);
    gone += size;
  };
  for (std::size_t i = 0; i < sent.size(); ++i) {
    std::vector<float> received(sent[i].size());
    Meta meta;
    const Op op = receive(static_cast<int>((i + 1) % 3), received, &meta);
    Completion completion = poll_now(op);
    while (completion.outcome == Outcome::deadline_exceeded && gone < stream.size()) {
      send_some();
      completion = poll_now(op);
    }
    ASSERT_EQ(completion.outcome, Outcome::complete) << "message " << i << ": " << completion.detail;
    EXPECT_EQ(received, sent[i]) << "message " << i;
    EXPECT_EQ(meta.words[0], static_cast<std::int64_t>(i + 1));
  }
}

TEST_F(Frames, NothingIsReadFromAPeerThatNobodyWaitsFor) {
  peer_sends(frame(FrameType::data, 1, 3));
  peer_sends_values(counted(3, 1));
  std::vector<float> one(1);
  Op to_self = engine_->isend(stack_, 0, 5, {}, {one.data(), 1});
  EXPECT_EQ(poll_now(to_self).outcome, Outcome::deadline_exceeded);
  const double posted_s = engine_->now();
  const Completion completion = wait(receive(1, three_));
  EXPECT_GE(completion.started_s, posted_s);
  engine_->cancel(to_self);
}

TEST_F(Frames, AStackThatIsEndedGivesItsReceivesUp) {
  real::EngineStack ended;
  const Op op = engine_->irecv(ended, 1, 1, nullptr, {five_.data(), five_.size()});
  engine_->end(ended);
  EXPECT_EQ(engine_->wait_any(ended, {&op, 1}, kTimeout_s).outcome, Outcome::cancelled);
  peer_sends(frame(FrameType::data, 1, 3));
  peer_sends_values(counted(3, 1));
  EXPECT_EQ(wait(receive(1, three_)).outcome, Outcome::complete);
  EXPECT_EQ(three_, counted(3, 1));
}

// Who drives the sockets is a matter of chance: over many rounds it is each of the two.
TEST_F(Frames, WhenTheStackThatDrivesGivesUpAnotherTakesOver) {
  for (int round = 0; round < 100; ++round) {
    std::thread impatient([&] {
      real::EngineStack stack;
      const Op op = engine_->irecv(stack, 1, 1, nullptr, {});
      EXPECT_EQ(engine_->wait_any(stack, {&op, 1}, engine_->now() + 1e-3).outcome, Outcome::deadline_exceeded);
      engine_->cancel(op);
    });
    std::thread patient([&] {
      real::EngineStack stack;
      const Op op = engine_->irecv(stack, 1, 2, nullptr, {});
      EXPECT_EQ(engine_->wait_any(stack, {&op, 1}, engine_->now() + kTimeout_s).outcome, Outcome::complete);
    });
    impatient.join();
    peer_sends(frame(FrameType::data, 2, 0));
    patient.join();
    ASSERT_FALSE(HasFailure()) << "in round " << round;
  }
}

class ShortPatience : public Frames {
 protected:
  ShortPatience() : Frames({.timeout_s = 0.2}) {}
};

TEST_F(ShortPatience, ACancelledSendThatThePeerDoesNotTakeFailsThePeer) {
  std::vector<float> big(4 << 20);
  const Op op = send(1, big);
  EXPECT_EQ(poll_now(op).outcome, Outcome::deadline_exceeded) << "too small to be half-way";
  engine_->cancel(op);
  expect_failure(wait(receive(1, three_)), "it took no more of a cancelled message for 0.2 s");
}

class RendezvousSends : public Frames {
 protected:
  RendezvousSends() : Frames({.rendezvous_sends = true, .timeout_s = kTimeout_s}) {}
};

TEST_F(RendezvousSends, NothingMovesBeforeItIsCleared) {
  const Op op = send(4, three_ = counted(3, 1));
  const Header request = peer_receives();
  EXPECT_EQ(request.type, FrameType::request);
  EXPECT_EQ(request.tag, 4);
  EXPECT_EQ(request.count, 3u);
  EXPECT_EQ(poll_now(op).outcome, Outcome::deadline_exceeded);
  char byte = 0;
  EXPECT_EQ(recv(peer_.get(), &byte, 1, MSG_DONTWAIT), -1) << "values came before they were cleared";

  peer_sends(frame(FrameType::clear, 0, 0, request.message));
  EXPECT_EQ(wait(op).outcome, Outcome::complete);
  EXPECT_EQ(peer_receives().type, FrameType::payload);
  std::vector<float> received(3);
  receive_all(peer_.get(), received.data(), 3 * sizeof(float), deadline_in(kTimeout_s));
  EXPECT_EQ(received, three_);
}

TEST_F(RendezvousSends, AClearThatCrossesAWithdrawalIsIgnored) {
  const Op given_up = send(4, three_);
  engine_->cancel(given_up);
  const std::uint64_t number = peer_receives().message;
  const Header withdrawal = peer_receives();
  EXPECT_EQ(withdrawal.type, FrameType::withdraw);
  EXPECT_EQ(withdrawal.message, number);
  peer_sends(frame(FrameType::clear, 0, 0, number));
  const Op next = send(4, five_);
  peer_sends(frame(FrameType::clear, 0, 0, peer_receives().message));
  EXPECT_EQ(wait(next).outcome, Outcome::complete);
}

TEST_F(RendezvousSends, AReceiveWhoseMessageIsWithdrawnTakesTheNext) {
  std::vector<float> first(3), second(3);
  const Op ops[] = {receive(1, first), receive(1, second)};
  peer_sends(frame(FrameType::request, 1, 3, 1));
  EXPECT_EQ(poll_now(ops[0]).outcome, Outcome::deadline_exceeded);
  EXPECT_EQ(peer_receives().message, 1u);
  peer_sends(frame(FrameType::withdraw, 0, 0, 1));
  for (std::uint64_t number : {2, 3}) {
    peer_sends(frame(FrameType::request, 1, 3, number));
    EXPECT_EQ(poll_now(ops[0]).outcome, Outcome::deadline_exceeded);
    EXPECT_EQ(peer_receives().message, number);
  }
  for (std::uint64_t number : {2, 3}) {
    peer_sends(frame(FrameType::payload, 1, 3, number));
    peer_sends_values(counted(3, static_cast<float>(number)));
  }
  EXPECT_EQ(wait(ops[0]).outcome, Outcome::complete);
  EXPECT_EQ(wait(ops[1]).outcome, Outcome::complete);
  EXPECT_EQ(first, counted(3, 2));
  EXPECT_EQ(second, counted(3, 3));
}

}  // namespace
}  // namespace tandem::tcp

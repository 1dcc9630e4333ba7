// Random conversations, each from its seed: what a peer may say on an established connection, and a stranger at the
// door.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "real/tcp/engine.h"
#include "tests/real/loopback_run.h"
#include "tests/real/rank_of_two.h"

namespace tandem::tcp {

using real::FrameType;
using real::Header;
using Random = std::mt19937;

inline std::size_t below(Random& random, std::size_t end) { return random() % end; }

inline constexpr std::size_t kCounts[] = {0, 1, 3, 17, 3001};
inline constexpr int kTags = 3;

/// What the peer sends: a stream of frames, of which the first `sound` bytes are as they should be. The values and the
/// meta of a sound message are all its number, from 1.
struct Stream {
  std::vector<std::byte> bytes;
  std::size_t sound = 0;
  std::size_t frames = 0;  ///< that were begun, before it was broken off
};

inline void append(Stream& stream, const void* bytes, std::size_t size) {
  const auto* from = static_cast<const std::byte*>(bytes);
  stream.bytes.insert(stream.bytes.end(), from, from + size);
}

inline void append_message(Stream& stream, Random& random, std::int64_t number) {
  Header header;
  header.tag = static_cast<int>(below(random, kTags));
  header.count = kCounts[below(random, std::size(kCounts))];
  header.meta.words[0] = number;
  append(stream, &header, sizeof header);
  const std::vector<float> values(header.count, static_cast<float>(number));
  append(stream, values.data(), values.size() * sizeof(float));
}

inline void append_unsound(Stream& stream, Random& random) {
  if (below(random, 4) == 0) {
    std::vector<std::uint32_t> garbage(1 + below(random, 100));
    for (std::uint32_t& word : garbage) word = static_cast<std::uint32_t>(random());
    return append(stream, garbage.data(), garbage.size() * sizeof(std::uint32_t));
  }
  Header header;
  header.type = static_cast<FrameType>(below(random, 8));
  header.tag = static_cast<int>(below(random, kTags));
  // Never a length that is allowed and yet beyond this machine's memory.
  header.count = below(random, 8) == 0 ? real::kMaxValues + random() : kCounts[below(random, std::size(kCounts))];
  header.element = static_cast<Element>(below(random, 8));
  header.message = below(random, 4);
  if (below(random, 8) == 0) header.magic ^= 1u << below(random, 32);
  append(stream, &header, sizeof header);
}

inline Stream make_stream(Random& random) {
  Stream stream;
  const std::size_t messages = below(random, 12);
  for (std::size_t i = 0; i < messages; ++i) append_message(stream, random, static_cast<std::int64_t>(i + 1));
  stream.sound = stream.bytes.size();
  const std::size_t unsound = below(random, 6);
  stream.frames = messages + unsound;
  for (std::size_t i = 0; i < unsound; ++i) append_unsound(stream, random);
  if (below(random, 3) == 0 && !stream.bytes.empty()) stream.bytes.resize(below(random, stream.bytes.size()));
  stream.sound = std::min(stream.sound, stream.bytes.size());
  return stream;
}

/// A posted op and its buffer, between two values that nobody may write.
struct Posted {
  Op op;
  std::vector<float> values;
  Meta meta;
};

inline constexpr float kGuard = 12345, kBefore = 1000;

/// A rank that posts and cancels while its peer says what it likes. Checks that no wait hangs, that nothing is written
/// beside a buffer, and that what was sound has come as it was sent.
class Conversation {
 public:
  explicit Conversation(unsigned seed) : random_(seed), stream_(make_stream(random_)) {
    const bool rendezvous_sends = below(random_, 2) == 0;
    engine_ = std::make_unique<TcpEngine>(mesh_of_rank_0(peer_), EngineOptions{rendezvous_sends, kTestTimeout_s});
  }

  void play() {
    while (sent_ < stream_.bytes.size() && !is_over_) {
      post();
      if (below(random_, 3) == 0) cancel();
      send_some();
      look();
    }
    peer_.reset();
    while (!posted_.empty()) {
      const Completion completion = wait(engine_->now() + kTestTimeout_s);
      ASSERT_NE(completion.outcome, Outcome::deadline_exceeded) << "a wait did not end although the peer has gone";
    }
  }

  std::size_t frames() const { return stream_.frames; }

 private:
  void post() {
    Posted& posted = posted_[++number_];
    const std::size_t count = kCounts[below(random_, std::size(kCounts))];
    posted.values.assign(count + 2, kBefore);
    posted.values.front() = posted.values.back() = kGuard;
    const Slice data{posted.values.data() + 1, count};
    const int tag = static_cast<int>(below(random_, kTags));
    switch (below(random_, 4)) {
      case 0:
        posted.op = engine_->isend(stack_, 1, tag, {}, data);
        break;
      case 1:
        posted.op = engine_->irecv(stack_, 1, tag, &posted.meta, data, Reception::add);
        break;
      default:
        posted.op = engine_->irecv(stack_, 1, tag, &posted.meta, data);
    }
  }

  void cancel() {
    const auto one = std::next(posted_.begin(), static_cast<std::ptrdiff_t>(below(random_, posted_.size())));
    engine_->cancel(one->second.op);
    check_guards(one->second);
    posted_.erase(one);
  }

  void send_some() {
    char answers[4096];
    while (recv(peer_.get(), answers, sizeof answers, MSG_DONTWAIT) > 0) {
    }
    const std::size_t size =
        std::min(stream_.bytes.size() - sent_, 1 + below(random_, below(random_, 4) == 0 ? 20000 : 90));
    const ssize_t gone = send(peer_.get(), stream_.bytes.data() + sent_, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (gone > 0) sent_ += static_cast<std::size_t>(gone);
    is_over_ = gone < 0 && errno != EAGAIN;
  }

  void look() {
    while (!posted_.empty() && wait(0).outcome != Outcome::deadline_exceeded) {
    }
  }

  Completion wait(double deadline_s) {
    std::vector<Op> ops;
    std::vector<std::size_t> numbers;
    for (const auto& [number, posted] : posted_) {
      ops.push_back(posted.op);
      numbers.push_back(number);
    }
    const Completion completion = engine_->wait_any(stack_, ops, deadline_s);
    if (completion.index == kNoIndex) return completion;
    const auto done = posted_.find(numbers.at(completion.index));
    check(done->second, completion);
    posted_.erase(done);
    return completion;
  }

  void check_guards(const Posted& posted) {
    EXPECT_EQ(posted.values.front(), kGuard);
    EXPECT_EQ(posted.values.back(), kGuard);
  }

  void check(const Posted& posted, const Completion& completion) {
    check_guards(posted);
    EXPECT_TRUE(completion.outcome == Outcome::complete || completion.outcome == Outcome::peer_failed ||
                completion.outcome == Outcome::size_mismatch);
    const bool is_sound = sent_ <= stream_.sound;
    if (is_sound && peer_) {
      EXPECT_NE(completion.outcome, Outcome::peer_failed) << completion.detail;
    }
    const auto begin = posted.values.begin() + 1, end = posted.values.end() - 1;
    if (completion.outcome == Outcome::size_mismatch) {
      EXPECT_EQ(std::count(begin, end, kBefore), end - begin) << "a receive of another size was written to";
    } else if (completion.outcome == Outcome::complete && !posted.op.is_send && is_sound) {
      const float number = static_cast<float>(posted.meta.words[0]);
      EXPECT_GE(number, 1);
      EXPECT_EQ(std::count(begin, end, posted.op.adds ? kBefore + number : number), end - begin);
    }
  }

  Random random_;
  Stream stream_;
  std::size_t sent_ = 0, number_ = 0;
  bool is_over_ = false;
  FileDescriptor peer_;
  std::unique_ptr<TcpEngine> engine_;
  real::EngineStack stack_;
  std::map<std::size_t, Posted> posted_;
};

/// What somebody says who has listened to a whole handshake (`recorded`) but does not know the token.
inline std::vector<unsigned char> false_hello(Random& random, const Challenge& challenge, const Hello& recorded) {
  Hello hello = recorded;
  const auto guess = [&] {
    Token token{};
    for (unsigned char& byte : token) byte = static_cast<unsigned char>(random());
    return token;
  };
  switch (below(random, 5)) {
    case 0:  // the recording as it is
      break;
    case 1:  // for another rank
      hello.claim.rank = static_cast<std::int32_t>(random());
      break;
    case 2:  // with the challenge thrown back as the proof, or as the nonce
      (below(random, 2) == 0 ? hello.proof : hello.claim.nonce) = challenge.nonce;
      break;
    case 3:  // under a guessed token
      hello = make_hello(guess(), challenge, recorded.claim);
      break;
    default:
      reinterpret_cast<unsigned char*>(&hello)[below(random, sizeof hello)] ^=
          static_cast<unsigned char>(1u << below(random, 8));
  }
  const auto* bytes = reinterpret_cast<const unsigned char*>(&hello);
  std::vector<unsigned char> said(bytes, bytes + sizeof hello);
  if (below(random, 4) == 0) said.resize(below(random, said.size()));            // broken off
  if (below(random, 4) == 0) said.insert(said.end(), said.begin(), said.end());  // said twice
  return said;
}

}  // namespace tandem::tcp

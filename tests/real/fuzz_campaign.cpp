// A long campaign of what fuzz_test does for a moment: fuzz_campaign --frames 10000000 --hellos 1000000 --seed 1
// Frames go to the engine of a rank, mutated and replayed hellos to its door; every thousandth hello is a genuine one,
// which must be admitted. Prints what was played; exits with 1 where a check failed. Meant for a build with sanitizers.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/un.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "real/tcp/admission.h"
#include "tests/real/fuzz.h"

namespace tandem::tcp {
namespace {

struct Asked {
  std::uint64_t frames = 1'000'000, hellos = 100'000;
  unsigned seed = 1;
};

/// The door of rank 0 of two, at an address that the kernel chooses; ports would run out.
class Door {
 public:
  Door() : token_(random_bytes()), admission_(listen(), token_, kRendezvous, 2, [](const Claim&) { return ""; }) {}

  const Token& token() const { return token_; }
  Admission& admission() { return admission_; }
  FileDescriptor call() const {
    FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address_), size_) != 0)
      throw std::runtime_error("door");
    return socket;
  }

 private:
  Listener listen() {
    Listener listener{FileDescriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)), 0};
    address_.sun_family = AF_UNIX;
    const auto* any = reinterpret_cast<const sockaddr*>(&address_);
    auto* chosen = reinterpret_cast<sockaddr*>(&address_);
    if (bind(listener.socket.get(), any, sizeof(sa_family_t)) != 0 || ::listen(listener.socket.get(), 64) != 0 ||
        getsockname(listener.socket.get(), chosen, &size_) != 0)
      throw std::runtime_error("no door");
    return listener;
  }

  sockaddr_un address_{};
  socklen_t size_ = sizeof(address_);
  Token token_;
  Admission admission_;
};

void play_frames(const Asked& asked) {
  std::uint64_t frames = 0, conversations = 0;
  for (unsigned seed = asked.seed; frames < asked.frames; ++seed) {
    SCOPED_TRACE("conversation of seed " + std::to_string(seed));
    Conversation conversation(seed);
    conversation.play();
    if (testing::Test::HasFailure()) return;
    frames += conversation.frames(), ++conversations;
  }
  fmt::print("{} frames in {} conversations\n", frames, conversations);
}

void play_hellos(const Asked& asked) {
  Door door;
  Random random(asked.seed);
  const Hello recorded = [&] {
    const FileDescriptor overheard = door.call();
    EXPECT_FALSE(door.admission().admit());
    return make_hello(door.token(), receive_challenge(overheard), make_claim(1, kRendezvous, 2, 1));
  }();
  constexpr std::uint64_t kGenuine = 1000;
  std::uint64_t admitted = 0;
  for (std::uint64_t number = 1; number <= asked.hellos; ++number) {
    FileDescriptor caller = door.call();
    EXPECT_FALSE(door.admission().admit());
    const Challenge challenge = receive_challenge(caller);
    const bool is_genuine = number % kGenuine == 0;
    std::vector<unsigned char> said = false_hello(random, challenge, recorded);
    if (is_genuine) {
      const Hello hello = make_hello(door.token(), challenge, make_claim(1, kRendezvous, 2, 1));
      said.assign(reinterpret_cast<const unsigned char*>(&hello), reinterpret_cast<const unsigned char*>(&hello + 1));
    }
    if (!said.empty()) send_bytes(caller, said.data(), said.size());
    const bool is_admitted = door.admission().admit().has_value();
    ASSERT_EQ(is_admitted, is_genuine) << "hello " << number << " of seed " << asked.seed;
    admitted += is_admitted;
    caller.reset();
    door.admission().admit();  // sees that the caller has gone
  }
  fmt::print("{} hellos, of which {} were genuine and admitted\n", asked.hellos, admitted);
}

}  // namespace
}  // namespace tandem::tcp

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  tandem::tcp::Asked asked;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::uint64_t number = std::strtoull(argv[i + 1], nullptr, 10);
    if (std::strcmp(argv[i], "--frames") == 0) asked.frames = number;
    if (std::strcmp(argv[i], "--hellos") == 0) asked.hellos = number;
    if (std::strcmp(argv[i], "--seed") == 0) asked.seed = static_cast<unsigned>(number);
  }
  tandem::tcp::play_frames(asked);
  if (!testing::Test::HasFailure()) tandem::tcp::play_hellos(asked);
  return testing::Test::HasFailure() ? 1 : 0;
}

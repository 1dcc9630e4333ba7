#include "real/tcp/admission.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace tandem::tcp {
namespace {

enum class Reading { complete, unfinished, over };

Reading read_hello(int socket, Hello& hello, std::size_t& received) {
  auto* bytes = reinterpret_cast<std::byte*>(&hello);
  while (received < sizeof hello) {
    const ssize_t got = recv(socket, bytes + received, sizeof hello - received, MSG_DONTWAIT);
    if (got > 0) {
      received += static_cast<std::size_t>(got);
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
      return Reading::over;
    } else if (errno == EAGAIN) {
      return Reading::unfinished;
    }
  }
  return Reading::complete;
}

// The socket's buffer is empty: what does not fit at once never will.
bool send_now(int socket, const void* bytes, std::size_t size) {
  return send(socket, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL) == static_cast<ssize_t>(size);
}

// What a rank of this run says of itself; without what a terminal would take for commands.
std::string text_of(const Release& release) {
  std::string text(release.data(), strnlen(release.data(), release.size()));
  std::erase_if(text, [](char letter) { return letter < ' ' || letter > '~'; });
  return text;
}

}  // namespace

Admission::Admission(Listener listener, const Token& token, int self, int size, Refusal refusal)
    : listener_(std::move(listener)), token_(token), self_(self), size_(size), refusal_(std::move(refusal)) {}

void Admission::append_to(std::vector<pollfd>& entries) const {
  if (!is_full()) entries.push_back({listener_.socket.get(), POLLIN, 0});
  for (const Caller& caller : callers_) entries.push_back({caller.socket.get(), POLLIN, 0});
}

void Admission::accept_callers() {
  // Bounded, so that a flood of callers cannot keep those already accepted from being read.
  for (std::size_t i = 0; i < kMaxCallers; ++i) {
    if (is_full()) return;
    FileDescriptor socket = accept_from(listener_.socket.get());
    const bool out_of_descriptors = !socket && (errno == EMFILE || errno == ENFILE);
    const bool has_no_place = out_of_descriptors || (socket && callers_.size() == kMaxCallers);
    if (!callers_.empty() && has_no_place) callers_.pop_front();
    if (!socket) return;
    const Challenge challenge{kMagic, kVersion, random_bytes()};
    if (!send_now(socket.get(), &challenge, sizeof challenge)) continue;
    callers_.push_back(
        {std::move(socket), deadline_in(kGrace_s), deadline_in(kHelloTimeout_s), challenge.nonce, {}, 0});
  }
}

// Whether the caller is admitted. A caller without the token gets no answer.
bool Admission::answer(Caller& caller) {
  const Claim& claim = caller.hello.claim;
  const Digest expected = prove(token_, "hello", caller.nonce, &claim, sizeof claim);
  if (claim.magic != kMagic || !is_same(caller.hello.proof, expected)) return false;

  std::string refusal;
  if (claim.version != kVersion) {
    refusal = fmt::format("this run speaks version {} of the protocol, not {}", kVersion, claim.version);
  } else if (claim.release != this_release()) {
    refusal = fmt::format("this run is by Tandem {}, not {}; every rank needs the same", text_of(this_release()),
                          text_of(claim.release));
  } else if (claim.size != size_) {
    refusal = fmt::format("this run has {} ranks, not {}", size_, claim.size);
  } else if (claim.rank < 0 || claim.rank >= size_) {
    refusal = fmt::format("rank {} is not one of 0 to {}", claim.rank, size_ - 1);
  } else if (claim.callee != self_) {
    refusal = "the call was meant for another rank";
  } else {
    refusal = refusal_(claim);
  }
  Answer answer;
  refusal.copy(answer.refusal.data(), answer.refusal.size() - 1);
  answer.proof = prove(token_, "answer", claim.nonce, answer.refusal.data(), answer.refusal.size());
  return send_now(caller.socket.get(), &answer, sizeof answer) && refusal.empty();
}

std::optional<Admitted> Admission::admit() {
  accept_callers();
  for (auto caller = callers_.begin(); caller != callers_.end();) {
    const Reading reading = read_hello(caller->socket.get(), caller->hello, caller->received);
    if (reading == Reading::unfinished && Clock::now() < caller->deadline) {
      ++caller;
      continue;
    }
    Caller finished = std::move(*caller);
    caller = callers_.erase(caller);
    if (reading == Reading::complete && answer(finished)) {
      return Admitted{finished.hello.claim, std::move(finished.socket)};
    }
  }
  return std::nullopt;
}

}  // namespace tandem::tcp

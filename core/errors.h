// The few errors of Tandem. A strategy may catch PeerFailed and DeadlineExceeded, nothing else.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace tandem {

/// A mistake of the user, in a scenario or an option, or a missing file. The program ends with exit code 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A wait ended because this peer died or closed its connection.
class PeerFailed : public std::runtime_error {
 public:
  PeerFailed(int rank, const std::string& what) : std::runtime_error(what), rank_(rank) {}
  int rank() const { return rank_; }

 private:
  int rank_;
};

/// A wait ended because its deadline passed. The text names the ranks that were waited for.
class DeadlineExceeded : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A message had another size than the posted receive: a bug of the strategy, reported alike in every world.
class SizeMismatch : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Thrown by a wait of a stack that is being ended, see Task.
class Cancelled : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A run ended without a result: exit code 1. The text says which rank, when, and why.
class RunFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A result is impossible, or two counts differ that must agree: exit code 3.
class CheckFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A bug of Tandem itself. Prints the text and aborts, because continuing would report a wrong number.
[[noreturn]] void broken_invariant(const std::string& what);

}  // namespace tandem

// The few errors of Tandem. A strategy may catch PeerFailed and DeadlineExceeded, nothing else.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace tandem {

/// A mistake of the user's: a scenario, an option, a missing file. The program ends with exit code 2.
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

/// A message arrived with another size than the receiver had posted: a bug of the strategy, the same in every world.
class SizeMismatch : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A wait of a stack that is being ended, see Task.
class Cancelled : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A run ended without a result: exit code 1. The text says which rank, when, and why.
class RunFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A result is impossible or two counts that must agree do not: exit code 3.
class CheckFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Something that cannot happen did. Prints the text and aborts: continuing would report a wrong number.
[[noreturn]] void broken_invariant(const std::string& what);

}  // namespace tandem

// What the contract tests share. A rank may be another process, and a simulation wants a process of its own. So every
// test runs a world once, checks inside the body, and a check that fails throws: the run then ends as RunFailed with
// the text of the check.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "core/comm.h"
#include "core/world.h"

namespace tandem::contract {

struct Case {
  const World* world;
  int ranks;
};

inline void PrintTo(const Case& value, std::ostream* out) {
  *out << value.world->name << ", " << value.ranks << " ranks";
}

/// One world; the test says how many ranks.
class EachWorld : public testing::TestWithParam<Case> {
 protected:
  const World& world() const { return *GetParam().world; }
};
class EachRealWorld : public EachWorld {};

/// One world and 1, 2, 3, 4 or 8 ranks.
class EachSize : public EachWorld {
 protected:
  int ranks() const { return GetParam().ranks; }
};
class EachPhantomSize : public EachSize {};

using CommBody = std::function<void(Comm&)>;

/// Runs `body` with a Comm on every rank; throws what World::run throws.
void run(const World& world, int ranks, const CommBody& body);
void run(const World& world, const WorldOptions& options, const CommBody& body);

/// The text of the RunFailed that the run must end with; a test failure and an empty text when it succeeds.
std::string failure_of(const World& world, const WorldOptions& options, const CommBody& body);

/// Throws when `condition` does not hold.
void require(bool condition, const std::string& what);

template <class A, class B>
void require_equal(const A& actual, const B& expected, const std::string& what) {
  testing::Message message;
  message << what << ": " << actual << ", expected " << expected;
  require(actual == expected, message.GetString());
}

/// A buffer whose values tell sender, message and position apart. All are exact in float32.
Buffer filled(const Comm& comm, std::size_t count, int from, int message);
/// Throws unless `data` is what filled() made.
void require_filled(Slice data, int from, int message, const std::string& what);

/// Tells a peer to go on, and waits for being told. Tag 999 is kept for this.
void tell(Comm& comm, int peer);
void await(Comm& comm, int peer);

}  // namespace tandem::contract

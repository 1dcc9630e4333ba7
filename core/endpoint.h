// THE SEAM. A world (threads, tcp, mpi, sim) is an implementation of this interface and nothing else; a strategy never
// sees it, it talks to Comm (comm.h), which counts, times and checks once for all worlds.
// tests/contract runs one suite over every world: what is written here is what that suite asserts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>

#include "core/slice.h"
#include "core/work.h"

namespace tandem {

/// A small header that travels with every message and is always real, because decisions depend on it: clocks, versions.
/// Its 32 bytes are framing: they are neither counted as payload nor charged to the simulated wire.
struct Meta {
  std::array<std::int64_t, 4> words{};
};

/// A posted send or receive. `id` belongs to the endpoint (0: none); the rest describes it, for error texts.
struct Op {
  std::uint64_t id = 0;
  int peer = -1;
  int tag = 0;
  bool is_send = false;
  bool adds = false;           ///< a receive with Reception::add
  std::uint32_t messages = 1;  ///< that it counts for, see core/rounds.h
  std::size_t count = 0;
  Element element = Element::f32;

  std::size_t bytes() const { return bytes_of(count, element); }
  explicit operator bool() const { return id != 0; }
};

/// What a receive does with the values that come.
enum class Reception {
  store,  ///< they replace the buffer's
  add,    ///< they are added to the buffer's
};

class RoundsPlayer;

enum class Outcome {
  complete,
  cancelled,          ///< the op was cancelled, or this stack is being ended (see Task)
  deadline_exceeded,  ///< nothing completed in time; `index` is kNoIndex and every op is still posted
  peer_failed,        ///< the peer died, closed, or sent what cannot be read
  size_mismatch,      ///< the message had another size or element; it is consumed, the receive buffer is untouched
};

inline constexpr std::size_t kNoIndex = std::numeric_limits<std::size_t>::max();
inline constexpr double kNoDeadline = std::numeric_limits<double>::infinity();

struct Completion {
  std::size_t index = kNoIndex;  ///< which op of the span
  Outcome outcome = Outcome::complete;
  double started_s = 0;  ///< when the transfer itself began; before that the rank was idle, not communicating
  std::string detail;    ///< for people, on failure: "connection reset by peer", "got 12 values, expected 10"
};

/// A second stack on the same rank. Destroying a task that was not joined makes its current and later waits end with
/// Outcome::cancelled, then joins it.
class Task {
 public:
  virtual ~Task() = default;
  /// Blocks until the stack's function has returned.
  virtual void join() = 0;
};

/// One stack of one rank. Not thread-safe: each stack (the rank's own and each spawned one) has its own Endpoint
/// object. The stacks of a rank share its address: a message may be received by whichever stack posts the receive, so
/// stacks keep to tags of their own.
class Endpoint {
 public:
  virtual ~Endpoint() = default;

  virtual int rank() const = 0;
  virtual int size() const = 0;

  /// Posts a send and returns at once. The buffer must live, unchanged, until completion. Messages of one
  /// (from, to, tag) arrive in the order sent. Completion may need the matching receive: never rely on buffering.
  /// `to` may be this rank: the values are copied, and a simulated network is not used.
  virtual Op isend(int to, int tag, const Meta& meta, Slice data) = 0;

  /// Posts a receive for exactly data.count values of data.element from one peer. There is no any-source: post one per
  /// peer.
  /// `meta` (may be null) and the buffer are written before completion. One that adds may do so as values come: until
  /// it is complete, and after it was cancelled or has failed, each value is what it was or the sum.
  virtual Op irecv(int from, int tag, Meta* meta, Slice data, Reception reception = Reception::store) = 0;

  /// THE ONLY BLOCKING POINT (with Task::join, compute and sleep_until). Returns one op that is complete; of several,
  /// the one that completed first. Ops with id 0 are skipped, at least one must be posted. The returned op is
  /// retired: its id must not be used again. `deadline_s` is on this endpoint's clock; work already complete is
  /// returned even when the deadline has passed.
  virtual Completion wait_any(std::span<const Op> ops, double deadline_s) = 0;

  /// Withdraws a posted op and retires it; nothing to wait for afterwards. A send whose bytes are already moving
  /// completes first (blocking until its buffer is free). A message that a cancelled receive would have taken goes to
  /// the next receive; only one that is partly or wholly added up already is consumed. Idempotent: cancelling an op
  /// that is retired does nothing.
  virtual void cancel(const Op& op) = 0;

  /// Real worlds run `body`. A simulation runs `body` where payloads are numeric, and charges `work` to the host.
  virtual void compute(const Work& work, const std::function<void()>& body) = 0;

  /// Seconds on the world's clock, monotonic, from 0 at the start of the world.
  virtual double now() = 0;
  virtual void sleep_until(double time_s) = 0;

  /// Starts `stack` on a second stack of this rank, with an endpoint of its own. It shares the host's cores.
  virtual std::unique_ptr<Task> spawn(std::string name, std::function<void(Endpoint&)> stack) = 0;

  /// Optional: plays rounds together (core/rounds.h). Null in a world that plays every round by itself.
  virtual RoundsPlayer* rounds_player() { return nullptr; }
};

}  // namespace tandem

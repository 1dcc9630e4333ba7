// THE SEAM. A world (threads, tcp, mpi, sim) is an implementation of this interface and nothing else. A strategy never
// sees it: it uses Comm (comm.h), which counts, times and checks in one place for all worlds.
// tests/contract runs one suite over every world and asserts what is written here.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>

#include "core/errors.h"
#include "core/slice.h"
#include "core/work.h"

namespace tandem {

/// A small header that travels with every message and is always real, because decisions depend on it: clocks, versions.
/// Its 32 bytes are framing: they are neither counted as payload nor charged to the simulated wire.
struct Meta {
  std::array<std::int64_t, 4> words{};
};

/// A posted send or receive. `id` is the endpoint's (0: none); the other members describe the op in error texts.
struct Op {
  std::uint64_t id = 0;
  int peer = -1;
  int tag = 0;
  bool is_send = false;
  bool adds = false;           ///< a receive with Reception::add
  std::uint32_t messages = 1;  ///< how many messages it stands for, see core/rounds.h
  std::size_t count = 0;
  Element element = Element::f32;

  std::size_t bytes() const { return bytes_of(count, element); }
  explicit operator bool() const { return id != 0; }
};

/// What a receive does with the values that arrive.
enum class Reception {
  store,  ///< they replace the buffer's
  add,    ///< they are added to the buffer's
};

class RoundsPlayer;

enum class Outcome {
  complete,
  cancelled,          ///< the op was cancelled, or this stack is being ended (see Task)
  deadline_exceeded,  ///< nothing completed in time; `index` is kNoIndex and every op is still posted
  peer_failed,        ///< the peer died, closed its connection, or sent what is no frame
  size_mismatch,      ///< the message had another size or element; it is consumed, the receive buffer is untouched
};

inline constexpr std::size_t kNoIndex = std::numeric_limits<std::size_t>::max();
inline constexpr double kNoDeadline = std::numeric_limits<double>::infinity();

struct Completion {
  std::size_t index = kNoIndex;  ///< the completed op's place in the span
  Outcome outcome = Outcome::complete;
  double started_s = 0;  ///< when the transfer itself began; until then the rank was idle, not communicating
  std::string detail;    ///< for people, on failure: "connection reset by peer", "got 12 values, expected 10"
};

/// A second stack of the same rank. Destroying a task that was not joined makes its current and later waits return
/// Outcome::cancelled, and then joins it.
class Task {
 public:
  virtual ~Task() = default;
  /// Blocks until the stack's function has returned.
  virtual void join() = 0;
};

/// One stack of one rank. Not thread-safe: each stack (the rank's own and each spawned one) has its own Endpoint
/// object. Messages are addressed to the rank, not to a stack: any stack that posts a receive may get them, so
/// each stack uses tags of its own.
class Endpoint {
 public:
  virtual ~Endpoint() = default;

  virtual int rank() const = 0;
  virtual int size() const = 0;

  /// Posts a send and returns at once. Its buffer must stay unchanged until completion. Messages of one
  /// (from, to, tag) arrive in the order sent. It may complete only once the receive is posted: do not rely on buffers.
  /// `to` may be this rank: then no network carries the values, and they arrive after all that has come by now.
  virtual Op isend(int to, int tag, const Meta& meta, Slice data) = 0;

  /// Posts a receive for exactly data.count values of data.element from one peer. There is no any-source: post one per
  /// peer.
  /// `meta` (may be null) and the buffer are written before completion. A receive that adds may do so as values arrive:
  /// until it is complete, and after it was cancelled or has failed, each value is either the old one or the sum.
  virtual Op irecv(int from, int tag, Meta* meta, Slice data, Reception reception = Reception::store) = 0;

  /// THE ONLY BLOCKING POINT (with Task::join, compute and sleep_until). Returns an op that is complete; if several
  /// are, the one that completed first. Ops with id 0 are skipped; at least one must be posted. The returned op is
  /// retired: its id must not be used again. `deadline_s` is on this endpoint's clock; a completed op is
  /// returned even when the deadline has passed.
  virtual Completion wait_any(std::span<const Op> ops, double deadline_s) = 0;

  /// Withdraws a posted op and retires it, so that no wait is needed. A send whose bytes are already moving
  /// completes first (the call blocks until its buffer is free). The message of a cancelled receive goes to the next
  /// receive, unless some of its values were added already: then it is dropped. Idempotent: cancelling an op that is
  /// retired does nothing.
  virtual void cancel(const Op& op) = 0;

  /// Real worlds run `body`. A simulation runs `body` where payloads are numeric, and charges `work` to the host.
  virtual void compute(const Work& work, const std::function<void()>& body) = 0;

  /// Seconds on the world's clock, monotonic, from 0 at the start of the world.
  virtual double now() = 0;
  virtual void sleep_until(double time_s) = 0;

  /// This rank's host stands still for so long: it computes nothing, none of the rank's stacks goes on, and no message
  /// to or from it moves. Blocks until it goes on. Only where the world honours Feature::hanging_ranks.
  virtual void hang(double) { broken_invariant("a rank hangs in a world where none can"); }

  /// Starts `stack` on a second stack of this rank, with an endpoint of its own. It shares the host's cores.
  virtual std::unique_ptr<Task> spawn(std::string name, std::function<void(Endpoint&)> stack) = 0;

  /// Optional: plays rounds together (core/rounds.h). Null in a world that plays every round by itself.
  virtual RoundsPlayer* rounds_player() { return nullptr; }
};

}  // namespace tandem

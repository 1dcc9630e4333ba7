#include "real/mpi/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "real/first_few.h"
#include "real/mpi/job.h"

namespace tandem::mpi {
namespace {

// Bounded, so that an endless stream of frames does not keep a stack from noticing that its op is complete.
constexpr int kFramesPerPass = 64;

int rank_in(MPI_Comm communicator) {
  int rank = 0;
  check(MPI_Comm_rank(communicator, &rank), "MPI_Comm_rank");
  return rank;
}

real::Engine::Clock::time_point common_start(MPI_Comm communicator) {
  check(MPI_Barrier(communicator), "MPI_Barrier");
  return real::Engine::Clock::now();
}

}  // namespace

MpiEngine::MpiEngine(MPI_Comm communicator, const WorldOptions& options)
    : Engine(rank_in(communicator), options.ranks, common_start(communicator), options.timeout_s),
      timeout_s_(options.timeout_s),
      wire_(communicator) {
  for (int peer = 0; peer < options.ranks; ++peer) {
    peers_.push_back(peer == rank() ? nullptr : std::make_unique<Peer>(peer, ops_, wire_, options.rendezvous_sends));
  }
}

bool MpiEngine::progress(Lock& lock, double idle_s, double left_s) {
  if (move()) return true;
  const double pause_s = std::min(sleep_after_s(idle_s), left_s);
  if (pause_s > 0) sleep(lock, now() + pause_s);
  return false;
}

bool MpiEngine::move() {
  bool has_moved = false;
  for (int i = 0; i < kFramesPerPass; ++i) {
    const ArrivedFrame arrived = wire_.next_frame();
    if (arrived.frame == nullptr) break;
    peers_[static_cast<std::size_t>(arrived.from)]->handle(arrived, now());
    has_moved = true;
  }
  for (const Transfer& transfer : wire_.finished()) {
    if (transfer.sent != kNoSlot) ops_.complete(transfer.sent);
    if (transfer.received != nullptr) {
      peers_[static_cast<std::size_t>(transfer.peer)]->values_arrived(transfer.received);
    }
    has_moved = true;
  }
  return has_moved;
}

// MPI still uses the buffer and offers no way to take it back.
void MpiEngine::give_up(Slot slot) {
  const real::PostedOp& op = ops_[slot];
  abort_job(
      fmt::format("rank {}: a message of {} values {} rank {} (tag {}) was cancelled half-way and did not "
                  "complete within {:g} s",
                  rank(), op.data.count, op.is_send ? "to" : "from", op.peer, op.tag, timeout_s_));
}

Ending MpiEngine::finish(const Ending& mine) {
  Lock lock = enter();
  withdraw_all(lock, nullptr);
  move_until(lock, mine, [this] { return !wire_.is_moving(); });
  for (const auto& peer : peers_) {
    if (peer) peer->send_goodbye(mine);
  }
  move_until(lock, mine, [this] {
    const auto has_ended = [](const auto& peer) { return !peer || peer->ending(); };
    return !wire_.is_moving() && std::all_of(peers_.begin(), peers_.end(), has_ended);
  });

  Ending first;
  for (int i = 0; i < size(); ++i) {
    Ending ending = i == rank() ? mine : *peers_[static_cast<std::size_t>(i)]->ending();
    if (ending.kind == Ending::Kind::good) continue;
    const std::string name = fmt::format("rank {}", i);
    if (!ending.cause.starts_with(name + " ")) ending.cause = name + ": " + ending.cause;
    // A cause comes before its consequences; among equals the earlier comes first.
    const auto order = [](const Ending& e) { return std::pair(e.kind, e.time_s); };
    if (first.kind == Ending::Kind::good || order(ending) < order(first)) first = std::move(ending);
  }
  return first;
}

// Waits without a time limit as long as all is well, since ranks may end at very different times.
template <typename Condition>
void MpiEngine::move_until(Lock& lock, const Ending& mine, Condition is_done) {
  double deadline_s = std::numeric_limits<double>::infinity();
  double idle_since_s = now();
  while (!is_done()) {
    if (progress(lock, now() - idle_since_s, deadline_s - now())) idle_since_s = now();
    abort_if_late(mine, deadline_s);
  }
}

void MpiEngine::abort_if_late(const Ending& mine, double& deadline_s) {
  const Ending* failure = mine.kind == Ending::Kind::good ? nullptr : &mine;
  std::vector<int> missing;
  for (int i = 0; i < size(); ++i) {
    const auto& peer = peers_[static_cast<std::size_t>(i)];
    if (!peer) continue;
    if (!peer->ending()) {
      missing.push_back(i);
    } else if (peer->ending()->kind != Ending::Kind::good) {
      failure = &*peer->ending();
    }
  }
  if (failure == nullptr) return;
  deadline_s = std::min(deadline_s, now() + timeout_s_);
  if (now() < deadline_s) return;
  abort_job(fmt::format("{}; {:g} s later these ranks have not ended: {}", failure->cause, timeout_s_,
                        real::first_few(missing)));
}

}  // namespace tandem::mpi

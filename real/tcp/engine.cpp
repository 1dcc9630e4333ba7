#include "real/tcp/engine.h"

#include <fmt/format.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace tandem::tcp {
namespace {

// With up to so many readers it is cheaper to try to read than to call poll first.
constexpr int kMaxTried = 3;
constexpr double kLongestPoll_s = 60;

}  // namespace

TcpEngine::TcpEngine(Mesh mesh, EngineOptions options)
    : Engine(mesh.rank, mesh.size, mesh.started, options.timeout_s),
      timeout_s_(options.timeout_s),
      spin_s_(options.spin_s),
      wake_event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  for (int peer = 0; peer < mesh.size; ++peer) {
    const auto index = static_cast<std::size_t>(peer);
    FileDescriptor& socket = mesh.sockets[index];
    const double latency_s = options.latencies_s.empty() ? 0 : options.latencies_s[index];
    connections_.push_back(peer == rank() ? nullptr
                                          : std::make_unique<Connection>(peer, std::move(socket), ops_, mesh.started,
                                                                         options.rendezvous_sends, latency_s));
  }
}

void TcpEngine::wake() {
  if (in_poll_) eventfd_write(wake_event_.get(), 1);
}

bool TcpEngine::progress(Lock& lock, double idle_s, double left_s) {
  return idle_s < spin_s_ ? move_bytes(lock) : poll_and_move(lock, left_s);
}

bool TcpEngine::move_bytes(Lock& lock) {
  const auto readers = std::count_if(connections_.begin(), connections_.end(),
                                     [](const auto& connection) { return connection && connection->wants_to_read(); });
  return readers <= kMaxTried ? try_all() : poll_and_move(lock, 0);
}

bool TcpEngine::try_all() {
  bool has_moved = false;
  for (const auto& connection : connections_) {
    if (!connection) continue;
    if (connection->wants_to_write()) has_moved |= connection->write();
    if (connection->wants_to_read()) has_moved |= connection->read();
  }
  return has_moved;
}

// Waits without the lock, so that other stacks can post; they wake it by the eventfd.
bool TcpEngine::poll_and_move(Lock& lock, double timeout_s) {
  entries_.assign(1, {wake_event_.get(), POLLIN, 0});
  polled_.assign(1, nullptr);
  for (const auto& connection : connections_) {
    if (!connection || !(connection->wants_to_read() || connection->wants_to_write())) continue;
    const int events =
        POLLRDHUP | (connection->wants_to_read() ? POLLIN : 0) | (connection->wants_to_write() ? POLLOUT : 0);
    entries_.push_back({connection->socket(), static_cast<short>(events), 0});
    polled_.push_back(connection.get());
  }

  const double capped_s = std::clamp(timeout_s, 0.0, kLongestPoll_s);
  const timespec timeout{static_cast<time_t>(capped_s), static_cast<long>((capped_s - std::floor(capped_s)) * 1e9)};
  in_poll_ = timeout_s > 0;
  if (in_poll_) lock.unlock();
  const int ready = ppoll(entries_.data(), entries_.size(), &timeout, nullptr);
  if (in_poll_) lock.lock();
  in_poll_ = false;
  if (ready <= 0) return false;

  bool has_moved = false;
  if (entries_[0].revents != 0) {
    eventfd_t signals = 0;
    eventfd_read(wake_event_.get(), &signals);
  }
  for (std::size_t i = 1; i < entries_.size(); ++i) {
    if (entries_[i].revents == 0) continue;
    Connection& connection = *polled_[i];
    if (connection.wants_to_write()) has_moved |= connection.write();
    if (connection.wants_to_read()) {
      has_moved |= connection.read();
    } else if ((entries_[i].revents & ~POLLOUT) != 0) {
      connection.read_to_the_end();
    }
  }
  return has_moved;
}

// Frames are sent in order: a peer that does not take the rest of this message cannot be sent anything else.
void TcpEngine::give_up(Slot slot) {
  connection_of(slot).fail(fmt::format("it took no more of a cancelled message for {:g} s", timeout_s_));
}

void TcpEngine::finish(double grace_s) {
  const Lock lock = enter();
  const double deadline_s = now() + grace_s;
  for (const auto& connection : connections_) {
    if (connection) connection->send_goodbye();
  }
  for (;;) {
    entries_.clear();
    for (const auto& connection : connections_) {
      if (!connection || !connection->linger()) continue;
      const int events = POLLIN | (connection->wants_to_write() ? POLLOUT : 0);
      entries_.push_back({connection->socket(), static_cast<short>(events), 0});
    }
    const double left_s = deadline_s - now();
    if (entries_.empty() || left_s <= 0) return;
    poll(entries_.data(), entries_.size(), milliseconds_until(deadline_in(left_s)));
  }
}

}  // namespace tandem::tcp

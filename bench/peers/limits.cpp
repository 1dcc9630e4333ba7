// peer_limits: what this machine allows, without any library: copying and adding in memory, one loopback connection,
// and the shortest hop between two spinning processes. Medians.
#include <sys/socket.h>

#include <cstring>
#include <functional>
#include <thread>

#include "bench/peers/meeting.h"
#include "bench/peers/samples.h"
#include "core/slice.h"
#include "real/tcp/socket.h"

namespace {

using namespace tandem;
using peers::Meeting;

constexpr std::size_t kBytes = 64 << 20;
constexpr std::size_t kCallBytes = 256 << 10;
constexpr int kHops = 2000;

double median_s(const std::function<void()>& operation) {
  std::vector<double> times_s;
  for (int i = 0; i < 11; ++i) {
    const peers::Clock::time_point start = peers::Clock::now();
    operation();
    times_s.push_back(peers::seconds_since(start));
  }
  std::sort(times_s.begin(), times_s.end());
  return times_s[times_s.size() / 2];
}

// One byte at least: a call that would wait is made again, at once.
std::size_t spin(const std::function<ssize_t()>& call) {
  for (;;) {
    const ssize_t moved = call();
    if (moved > 0) return static_cast<std::size_t>(moved);
    if (moved == 0 || errno != EAGAIN) throw std::runtime_error("the connection broke");
  }
}

void send_all(int socket, const char* bytes, std::size_t size) {
  for (std::size_t sent = 0; sent < size;) {
    sent += spin([&] { return send(socket, bytes + sent, std::min(size - sent, kCallBytes), MSG_DONTWAIT); });
  }
}

void receive_all(int socket, char* bytes, std::size_t size) {
  for (std::size_t got = 0; got < size;) {
    got += spin([&] { return recv(socket, bytes + got, std::min(size - got, kCallBytes), MSG_DONTWAIT); });
  }
}

void in_memory() {
  const Buffer from(kBytes / sizeof(float), Payload::numeric), into(kBytes / sizeof(float), Payload::numeric);
  const double copy_s = median_s([&] { std::memcpy(into.slice().f32(), from.slice().f32(), kBytes); });
  const double add_s = median_s([&] { add(into, from); });
  std::printf("memcpy of 64 MiB: %.2f GB/s\nadding 64 MiB to 64 MiB: %.2f GB/s of the sum\n", 1e-9 * kBytes / copy_s,
              1e-9 * kBytes / add_s);
}

// Each thread copies what the other has and adds it to its own: what an all-reduce of two ranks cannot do without.
void exchange_in_memory() {
  constexpr std::size_t kCount = 4096 / sizeof(float);
  const Buffer own[2] = {Buffer(kCount, Payload::numeric), Buffer(kCount, Payload::numeric)};
  Meeting meeting(2);
  const auto live = [&](int rank) {
    const Buffer copy(kCount, Payload::numeric);
    const double exchange_s = median_s([&] {
                                for (int i = 0; i < kHops; ++i) {
                                  std::memcpy(copy.slice().f32(), own[1 - rank].slice().f32(), 4096);
                                  meeting.meet();
                                  add(own[rank], copy);
                                  meeting.meet();
                                }
                              }) /
                              kHops;
    if (rank == 0) std::printf("two threads add each other's 4 KiB to their own: %.2f us\n", 1e6 * exchange_s);
  };
  std::thread other(live, 1);
  live(0);
  other.join();
}

void over_loopback(int rank, Meeting& meeting, int socket) {
  std::vector<char> bytes(kBytes);
  const double stream_s = median_s([&] {
    meeting.meet();
    rank == 0 ? send_all(socket, bytes.data(), kBytes) : receive_all(socket, bytes.data(), kBytes);
    meeting.meet();
  });
  const double hop_s = median_s([&] {
                         for (int i = 0; i < kHops; ++i) {
                           if (i % 2 == rank) send_all(socket, bytes.data(), 64);
                           if (i % 2 != rank) receive_all(socket, bytes.data(), 64);
                         }
                       }) /
                       kHops;
  const double meet_s = median_s([&] {
                          for (int i = 0; i < kHops; ++i) meeting.meet();
                        }) /
                        kHops;
  if (rank != 0) return;
  std::printf(
      "one loopback connection, 64 MiB one way: %.2f GB/s\n64 B over loopback, both ends spinning: %.2f us a hop\n",
      1e-9 * kBytes / stream_s, 1e6 * hop_s);
  std::printf("two processes meet in shared memory: %.2f us\n", 1e6 * meet_s);
  std::fflush(stdout);
}

}  // namespace

int main() {
  in_memory();
  exchange_in_memory();
  std::fflush(stdout);
  const tcp::Listener listener = tcp::listen_on("127.0.0.1");
  peers::run_forked(2, [&](int rank, Meeting& meeting) {
    FileDescriptor socket;
    if (rank == 0) socket = tcp::connect_to("127.0.0.1", listener.port, tcp::deadline_in(10));
    while (rank == 1 && !socket) socket = tcp::accept_from(listener.socket.get());
    over_loopback(rank, meeting, socket.get());
  });
}

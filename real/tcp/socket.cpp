#include "real/tcp/socket.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <memory>

#include "core/errors.h"

namespace tandem::tcp {
namespace {

constexpr int kBacklog = 4096;
constexpr int kBufferBytes = 4 << 20;
constexpr int kSendBufferOnOneHostBytes = 192 << 10;
constexpr int kRetryMs = 50;

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

Addresses resolve(const std::string& address, std::uint16_t port, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int status = getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (status != 0) throw UsageError(fmt::format("address '{}': {}", address, gai_strerror(status)));
  return {found, &freeaddrinfo};
}

// Setting a size turns the kernel's own tuning off, and the kernel caps the size silently. Where the cap is low, its
// own tuning reaches more; so a size is set only where it is granted.
void enlarge_buffer(int socket, int option) {
  const FileDescriptor probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  int granted = 0;
  socklen_t length = sizeof granted;
  setsockopt(probe.get(), SOL_SOCKET, option, &kBufferBytes, sizeof kBufferBytes);
  getsockopt(probe.get(), SOL_SOCKET, option, &granted, &length);
  if (granted >= kBufferBytes) setsockopt(socket, SOL_SOCKET, option, &kBufferBytes, sizeof kBufferBytes);
}

// A host that vanishes sends nothing: its connections fail after its kernel has been silent for some 20 s.
// TCP_USER_TIMEOUT would not do: it would also end connections to a peer that is busy and does not read.
void notice_vanished_hosts(int socket) {
  const int on = 1, idle_s = 8, interval_s = 3, probes = 4;
  setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  setsockopt(socket, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
  setsockopt(socket, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof interval_s);
  setsockopt(socket, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
}

// Called before connect and listen, because the first packets fix the window's scale.
void tune(int socket) {
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  notice_vanished_hosts(socket);
  enlarge_buffer(socket, SO_SNDBUF);
  enlarge_buffer(socket, SO_RCVBUF);
}

FileDescriptor open_socket(const addrinfo& address) {
  FileDescriptor socket(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) throw ConnectionError(fmt::format("cannot open a socket: {}", std::strerror(errno)));
  tune(socket.get());
  return socket;
}

void await(int socket, short events, Deadline deadline, const char* what) {
  pollfd entry{socket, events, 0};
  for (;;) {
    const int ready = poll(&entry, 1, milliseconds_until(deadline));
    if (ready > 0) return;
    if (ready == 0) throw ConnectionError(fmt::format("no {} in time", what));
    if (errno != EINTR) throw ConnectionError(std::strerror(errno));
  }
}

// Errors that go away once the other side listens.
bool is_worth_a_retry(int error) { return error == ECONNREFUSED || error == ECONNRESET || error == EINTR; }

int try_to_connect(int socket, const addrinfo& address, Deadline deadline) {
  if (connect(socket, address.ai_addr, address.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  await(socket, POLLOUT, deadline, "connection");
  int error = 0;
  socklen_t length = sizeof error;
  getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &length);
  return error;
}

std::string numeric(const sockaddr_storage& address, socklen_t length) {
  char host[NI_MAXHOST];
  const auto* plain = reinterpret_cast<const sockaddr*>(&address);
  if (getnameinfo(plain, length, host, sizeof host, nullptr, 0, NI_NUMERICHOST) != 0) return "?";
  return host;
}

// Between processes of one host a large send buffer gains nothing: there is no latency to hide, and bytes that wait in
// the kernel for long have left the cache when the receiver copies them.
void shrink_send_buffer_on_one_host(int socket) {
  if (peer_address(socket) != local_address(socket)) return;
  setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &kSendBufferOnOneHostBytes, sizeof kSendBufferOnOneHostBytes);
}

}  // namespace

Deadline deadline_in(double seconds) {
  constexpr double kLongest_s = 1e9;
  return Clock::now() + std::chrono::duration_cast<Clock::duration>(
                            std::chrono::duration<double>(std::clamp(seconds, 0.0, kLongest_s)));
}

int milliseconds_until(Deadline deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<long long>(left, 0, INT_MAX));
}

Listener listen_on(const std::string& address, std::uint16_t port) {
  const Addresses found = resolve(address, port, AI_PASSIVE);
  FileDescriptor socket = open_socket(*found);
  const int on = 1;
  setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(socket.get(), found->ai_addr, found->ai_addrlen) != 0 || listen(socket.get(), kBacklog) != 0) {
    throw UsageError(fmt::format("cannot listen on {} port {}: {}", address, port, std::strerror(errno)));
  }
  sockaddr_storage bound{};
  socklen_t length = sizeof bound;
  getsockname(socket.get(), reinterpret_cast<sockaddr*>(&bound), &length);
  const auto bound_port = bound.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(bound).sin6_port
                                                      : reinterpret_cast<sockaddr_in&>(bound).sin_port;
  return {std::move(socket), ntohs(bound_port)};
}

FileDescriptor connect_to(const std::string& address, std::uint16_t port, Deadline deadline,
                          const std::stop_token& stop) {
  const Addresses found = resolve(address, port, 0);
  for (;;) {
    int error = 0;
    for (const addrinfo* next = found.get(); next != nullptr; next = next->ai_next) {
      FileDescriptor socket = open_socket(*next);
      error = try_to_connect(socket.get(), *next, deadline);
      if (error == 0) {
        shrink_send_buffer_on_one_host(socket.get());
        return socket;
      }
    }
    if (!is_worth_a_retry(error) || milliseconds_until(deadline) == 0 || stop.stop_requested()) {
      throw ConnectionError(fmt::format("cannot connect to {} port {}: {}", address, port, std::strerror(error)));
    }
    poll(nullptr, 0, std::min(kRetryMs, milliseconds_until(deadline)));
  }
}

FileDescriptor accept_from(int listener) {
  FileDescriptor socket(accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  const int on = 1;
  if (!socket) return socket;
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  notice_vanished_hosts(socket.get());
  shrink_send_buffer_on_one_host(socket.get());
  return socket;
}

void send_all(int socket, const void* bytes, std::size_t size, Deadline deadline) {
  const auto* next = static_cast<const std::byte*>(bytes);
  while (size > 0) {
    const ssize_t sent = send(socket, next, size, MSG_NOSIGNAL);
    if (sent > 0) {
      next += sent;
      size -= static_cast<std::size_t>(sent);
    } else if (errno == EAGAIN) {
      await(socket, POLLOUT, deadline, "room to send");
    } else if (errno != EINTR) {
      throw ConnectionError(std::strerror(errno));
    }
  }
}

void receive_all(int socket, void* bytes, std::size_t size, Deadline deadline) {
  auto* next = static_cast<std::byte*>(bytes);
  while (size > 0) {
    const ssize_t got = recv(socket, next, size, 0);
    if (got > 0) {
      next += got;
      size -= static_cast<std::size_t>(got);
    } else if (got == 0) {
      throw ConnectionError("the other side closed the connection");
    } else if (errno == EAGAIN) {
      await(socket, POLLIN, deadline, "answer");
    } else if (errno != EINTR) {
      throw ConnectionError(std::strerror(errno));
    }
  }
}

std::string peer_address(int socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  getpeername(socket, reinterpret_cast<sockaddr*>(&address), &length);
  return numeric(address, length);
}

bool is_loopback(const std::string& address) {
  return address == "localhost" || address == "::1" || address.starts_with("127.");
}

std::string local_address(int socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length);
  return numeric(address, length);
}

}  // namespace tandem::tcp

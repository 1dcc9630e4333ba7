// Ranks of a run as threads of the test, each joining by real sockets on loopback.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cstdint>
#include <exception>
#include <string>
#include <thread>
#include <vector>

#include "core/errors.h"
#include "real/tcp/join.h"
#include "real/tcp/rendezvous.h"

namespace tandem::tcp {

inline constexpr double kTestTimeout_s = 20;
inline constexpr const char* kLoopback = "127.0.0.1";

/// A rendezvous that serves on a thread of its own until all ranks are started or it fails.
class ServedRendezvous {
 public:
  ServedRendezvous(int size, const Token& token, double timeout_s = kTestTimeout_s)
      : rendezvous_({.size = size, .timeout_s = timeout_s}, token), thread_([this] {
          try {
            rendezvous_.serve();
          } catch (const RunFailed& error) {
            error_ = error.what();
          }
        }) {}
  ~ServedRendezvous() { failure(); }

  std::uint16_t port() const { return port_; }
  /// Waits for its end; empty when all went well.
  const std::string& failure() {
    if (thread_.joinable()) thread_.join();
    return error_;
  }

 private:
  Rendezvous rendezvous_;
  std::uint16_t port_ = rendezvous_.port();
  std::string error_;
  std::thread thread_;
};

/// Joins ranks 0 to size - 1 and checks that every pair is connected: each sends its number to each.
inline void expect_all_join(ServedRendezvous& rendezvous, int size, const Token& token) {
  std::vector<std::string> errors(static_cast<std::size_t>(size));
  std::vector<std::thread> ranks;
  for (int rank = 0; rank < size; ++rank) {
    ranks.emplace_back([&, rank] {
      std::string& error = errors[static_cast<std::size_t>(rank)];
      try {
        const Mesh mesh = join(rank, size, kLoopback, rendezvous.port(), token, kTestTimeout_s);
        const Deadline deadline = deadline_in(kTestTimeout_s);
        for (const FileDescriptor& socket : mesh.sockets) {
          if (socket) send_all(socket.get(), &rank, sizeof rank, deadline);
        }
        for (int peer = 0; peer < size; ++peer) {
          if (peer == rank) continue;
          int number = -1;
          receive_all(mesh.sockets[static_cast<std::size_t>(peer)].get(), &number, sizeof number, deadline);
          if (number != peer)
            error = "the connection to " + std::to_string(peer) + " leads to " + std::to_string(number);
        }
      } catch (const std::exception& caught) {
        error = caught.what();
      }
    });
  }
  for (std::thread& rank : ranks) rank.join();
  for (const std::string& error : errors) EXPECT_EQ(error, "");
  EXPECT_EQ(rendezvous.failure(), "");
}

inline FileDescriptor stranger(std::uint16_t port) { return connect_to(kLoopback, port, deadline_in(kTestTimeout_s)); }

inline Challenge receive_challenge(const FileDescriptor& socket) {
  Challenge challenge;
  receive_all(socket.get(), &challenge, sizeof challenge, deadline_in(kTestTimeout_s));
  return challenge;
}

inline Hello make_hello(const Token& token, const Challenge& challenge, const Claim& claim) {
  return {claim, prove(token, "hello", challenge.nonce, &claim, sizeof claim)};
}

inline void send_bytes(const FileDescriptor& socket, const void* bytes, std::size_t size) {
  send_all(socket.get(), bytes, size, deadline_in(kTestTimeout_s));
}

/// Whether the other side closes without another byte.
inline bool is_turned_away(const FileDescriptor& socket) {
  char byte = 0;
  try {
    receive_all(socket.get(), &byte, 1, deadline_in(kTestTimeout_s));
  } catch (const ConnectionError& error) {
    return std::string(error.what()).find("in time") == std::string::npos;
  }
  return false;
}

}  // namespace tandem::tcp

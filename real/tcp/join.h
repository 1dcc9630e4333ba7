// How a rank joins a run: it calls the rendezvous, is told the addresses of its peers, and connects to each of them.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "real/tcp/handshake.h"

namespace tandem::tcp {

/// One authenticated connection to every other rank.
struct Mesh {
  int rank = 0;
  int size = 1;
  std::vector<FileDescriptor> sockets;  ///< by rank, non-blocking; this rank's own is empty
  Clock::time_point started;            ///< when the rendezvous started all ranks
};

/// Blocks until every rank is connected to every other. Throws ConnectionError naming the ranks that did not come or
/// were refused. After `stop` the rendezvous is not called again: nobody serves it any more.
Mesh join(int rank, int size, const std::string& address, std::uint16_t port, const Token& token, double timeout_s,
          const std::stop_token& stop = {});

}  // namespace tandem::tcp

// The mesh of rank 0 of two, whose rank 1 is in the hands of a test.
#pragma once

#include <sys/socket.h>

#include <stdexcept>

#include "real/tcp/engine.h"

namespace tandem::tcp {

/// Puts the other end of rank 1's socket into `peer`.
inline Mesh mesh_of_rank_0(FileDescriptor& peer) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) != 0) throw std::runtime_error("no sockets");
  peer = FileDescriptor(ends[1]);
  Mesh mesh{0, 2, {}, Clock::now()};
  mesh.sockets.emplace_back();
  mesh.sockets.emplace_back(ends[0]);
  return mesh;
}

}  // namespace tandem::tcp

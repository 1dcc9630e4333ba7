#include "real/tcp/join.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "real/tcp/admission.h"
#include "real/tcp/rendezvous.h"

namespace tandem::tcp {
namespace {

constexpr int kReconnectMs = 20;

// Connects and waits for the challenge. A caller that is dropped before it (because the other side is flooded) tries
// again.
FileDescriptor connect_until_challenged(const std::string& address, std::uint16_t port, Deadline deadline,
                                        const std::stop_token& stop = {}) {
  for (;;) {
    FileDescriptor socket = connect_to(address, port, deadline, stop);
    pollfd entry{socket.get(), POLLIN | POLLRDHUP, 0};
    poll(&entry, 1, milliseconds_until(deadline));
    const bool dropped = (entry.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
    if (!dropped || milliseconds_until(deadline) == 0 || stop.stop_requested()) return socket;
    poll(nullptr, 0, kReconnectMs);
  }
}

std::vector<TableRow> receive_table(int socket, int size, const Token& token, const Nonce& nonce, Deadline deadline) {
  std::vector<TableRow> table(static_cast<std::size_t>(size));
  const std::size_t bytes = table.size() * sizeof(TableRow);
  Digest proof;
  receive_all(socket, table.data(), bytes, deadline);
  receive_all(socket, proof.data(), proof.size(), deadline);
  if (!is_same(proof, prove(token, "table", nonce, table.data(), bytes))) {
    throw ConnectionError("the table of addresses is not from this run's rendezvous");
  }
  // A rank on the rendezvous's own host may have called it over loopback, an address that means nothing elsewhere.
  const std::string host = peer_address(socket);
  for (TableRow& row : table) {
    row.address.back() = '\0';
    if (!is_loopback(row.address.data()) || is_loopback(host)) continue;
    row.address = {};
    host.copy(row.address.data(), row.address.size() - 1);
  }
  return table;
}

// Every rank calls the lower ranks in order and is called by the higher ones. Rank 0 calls nobody and answers all, so
// rank 1 gets through and then answers all, so rank 2 gets through, and so on: no ranks wait in a circle.
void connect_to_lower(Mesh& mesh, const std::vector<TableRow>& table, const Token& token, Deadline deadline) {
  for (int peer = 0; peer < mesh.rank; ++peer) {
    const auto index = static_cast<std::size_t>(peer);
    try {
      FileDescriptor socket = connect_until_challenged(table[index].address.data(),
                                                       static_cast<std::uint16_t>(table[index].port), deadline);
      introduce(socket.get(), token, make_claim(mesh.rank, peer, mesh.size), deadline);
      mesh.sockets[index] = std::move(socket);
    } catch (const ConnectionError& error) {
      throw ConnectionError(fmt::format("rank {} cannot connect to rank {}: {}", mesh.rank, peer, error.what()));
    }
  }
}

void accept_higher(Mesh& mesh, Admission& admission, Deadline deadline) {
  const auto missing = [&] {
    std::vector<int> ranks;
    for (int peer = mesh.rank + 1; peer < mesh.size; ++peer) {
      if (!mesh.sockets[static_cast<std::size_t>(peer)]) ranks.push_back(peer);
    }
    return ranks;
  };
  std::vector<pollfd> entries;
  while (!missing().empty()) {
    if (Clock::now() >= deadline) {
      throw ConnectionError(fmt::format("{} did not connect to rank {}", name_ranks(missing()), mesh.rank));
    }
    entries.clear();
    admission.append_to(entries);
    poll(entries.data(), entries.size(), milliseconds_until(std::min(deadline, deadline_in(Admission::kGrace_s))));
    while (auto admitted = admission.admit()) {
      mesh.sockets[static_cast<std::size_t>(admitted->claim.rank)] = std::move(admitted->socket);
    }
  }
}

}  // namespace

Mesh join(int rank, int size, const std::string& address, std::uint16_t port, const Token& token, double timeout_s,
          const std::stop_token& stop) {
  const Deadline deadline = deadline_in(timeout_s);
  Mesh mesh{rank, size, std::vector<FileDescriptor>(static_cast<std::size_t>(size)), {}};

  const FileDescriptor rendezvous = connect_until_challenged(address, port, deadline, stop);
  // Peers are accepted on the interface that leads to the rendezvous: a run on loopback stays on loopback. A host may
  // resolve its own name to loopback; its peers then call from elsewhere, so it listens on every interface.
  const std::string local = local_address(rendezvous.get());
  const bool is_only_here = is_loopback(local) && !is_loopback(address);
  Admission admission(listen_on(is_only_here ? "0.0.0.0" : local), token, rank, size,
                      [&mesh](const Claim& claim) -> std::string {
                        if (claim.rank <= mesh.rank)
                          return fmt::format("rank {} calls rank {}, not the other way", mesh.rank, claim.rank);
                        if (!mesh.sockets[static_cast<std::size_t>(claim.rank)]) return "";
                        return fmt::format("rank {} is connected already", claim.rank);
                      });
  const Claim claim = make_claim(rank, kRendezvous, size, admission.port());
  introduce(rendezvous.get(), token, claim, deadline);
  const std::vector<TableRow> table = receive_table(rendezvous.get(), size, token, claim.nonce, deadline);

  connect_to_lower(mesh, table, token, deadline);
  accept_higher(mesh, admission, deadline);

  char word = 0;
  send_all(rendezvous.get(), &word, 1, deadline);
  receive_all(rendezvous.get(), &word, 1, deadline);
  mesh.started = Clock::now();
  return mesh;
}

}  // namespace tandem::tcp

// TCP sockets as setting up a run needs them: every call has a deadline, and every error is a text for people.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <stop_token>
#include <string>

#include "core/process/file_descriptor.h"

namespace tandem::tcp {

using Clock = std::chrono::steady_clock;
using Deadline = Clock::time_point;

Deadline deadline_in(double seconds);
/// For poll. Rounded up, so that the deadline has passed when poll returns; 0 when it has passed already.
int milliseconds_until(Deadline deadline);

/// A connection could not be made, or it broke. Callers turn it into RunFailed or into the failure of a peer.
class ConnectionError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Listener {
  FileDescriptor socket;  ///< non-blocking
  std::uint16_t port = 0;
};

/// Listens on a local address (a number or a name); port 0 takes any free one. Throws UsageError when it cannot.
Listener listen_on(const std::string& address, std::uint16_t port = 0);

/// Connects to the first of the name's addresses that answers; while none listens, tries again until the deadline or
/// `stop`. The socket is non-blocking.
FileDescriptor connect_to(const std::string& address, std::uint16_t port, Deadline deadline,
                          const std::stop_token& stop = {});

/// Accepts one waiting connection; returns an empty descriptor if there is none. The socket is non-blocking.
FileDescriptor accept_from(int listener);

void send_all(int socket, const void* bytes, std::size_t size, Deadline deadline);
void receive_all(int socket, void* bytes, std::size_t size, Deadline deadline);

/// The numeric address of either end.
std::string peer_address(int socket);
std::string local_address(int socket);
/// Whether the address is one of the loopback interface: localhost, 127.*, ::1.
bool is_loopback(const std::string& address);

}  // namespace tandem::tcp

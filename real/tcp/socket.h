// TCP sockets as the set-up of a run needs them: every call has a deadline and says in words what went wrong.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <stop_token>
#include <string>

#include "real/tcp/file_descriptor.h"

namespace tandem::tcp {

using Clock = std::chrono::steady_clock;
using Deadline = Clock::time_point;

Deadline deadline_in(double seconds);
/// For poll: rounded up, so that a deadline has passed when its time-out is over. 0 when it has passed already.
int milliseconds_until(Deadline deadline);

/// A connection could not be made or broke. Ends as RunFailed or as a failed peer.
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

/// Connects to whichever of the name's addresses answers, trying again while nobody listens there, until `stop`. The
/// socket is non-blocking.
FileDescriptor connect_to(const std::string& address, std::uint16_t port, Deadline deadline,
                          const std::stop_token& stop = {});

/// Accepts one waiting connection; none is an empty descriptor. The socket is non-blocking.
FileDescriptor accept_from(int listener);

void send_all(int socket, const void* bytes, std::size_t size, Deadline deadline);
void receive_all(int socket, void* bytes, std::size_t size, Deadline deadline);

/// The numeric address of either end.
std::string peer_address(int socket);
std::string local_address(int socket);
/// Whether it is spelled as this host's own: localhost, 127.*, ::1.
bool is_loopback(const std::string& address);

}  // namespace tandem::tcp

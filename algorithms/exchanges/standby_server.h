// A server's replica.
#pragma once

#include "algorithms/exchanges/parameter_server.h"

namespace tandem::parameter_server {

/// Its whole run: it follows the server (replication.h), and serves the workers in its place when that has died.
void stand_by(Comm& comm, const Job& job, Training& training, int server);

}  // namespace tandem::parameter_server

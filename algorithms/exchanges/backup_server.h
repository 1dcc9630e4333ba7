// The server of backup_workers.cpp: it counts the first gradients of each step and drops the others.
#pragma once

#include "algorithms/job.h"
#include "algorithms/training.h"

namespace tandem::parameter_server {

/// The server's whole run.
void serve_with_backups(Comm& comm, const Job& job, Training& training, int server);

}  // namespace tandem::parameter_server

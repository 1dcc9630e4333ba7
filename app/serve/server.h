// `tandem serve`: a page on 127.0.0.1, and the few requests that it makes.
#pragma once

#include <functional>
#include <string>

namespace tandem {

struct ServerOptions {
  std::string file;  ///< a scenario; it and the others of its folder are offered. Empty: the toys
  int port = 0;      ///< 0: any that is free
};

/// Listens, calls `ready` with the page's address, which holds the token, and serves until SIGINT or SIGTERM, which
/// then ends the process. Throws UsageError where the file is no scenario or the port cannot be had.
void serve(const ServerOptions& options, const std::function<void(const std::string& address)>& ready);

}  // namespace tandem

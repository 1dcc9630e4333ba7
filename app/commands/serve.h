// tandem serve: a local page with sliders over a scenario.
#pragma once

#include "app/serve/server.h"

namespace CLI {
class App;
}

namespace tandem {

void add_serve(CLI::App& app, ServerOptions& options);

/// Prints the address and serves until it is interrupted.
int serve_command(const ServerOptions& options);

}  // namespace tandem

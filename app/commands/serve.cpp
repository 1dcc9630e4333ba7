#include "app/commands/serve.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "app/commands/command.h"

namespace tandem {

void add_serve(CLI::App& app, ServerOptions& options) {
  CLI::App* serve = app.add_subcommand("serve", "Open a page on this machine with sliders over a scenario");
  serve->add_option("file", options.file, "A scenario; it and the others of its folder are offered (default: the toys)")
      ->check(CLI::ExistingFile);
  serve->add_option("--port", options.port, "The port of 127.0.0.1 (default: any that is free)")
      ->check(CLI::Range(0, 65535));
}

int serve_command(const ServerOptions& options) {
  serve(options, [](const std::string& address) {
    fmt::print("Open {}\nOnly this machine can, and only with this address. Ctrl-C ends it.\n", address);
    std::fflush(stdout);
  });
  return kSuccess;
}

}  // namespace tandem

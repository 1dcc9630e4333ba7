// tandem list: what there is to choose from.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace tandem {

struct ListOptions {
  std::string topic;    ///< strategies, collectives, worlds, models, profiles, data, ...; empty: all of these
  bool keys = false;    ///< the reference of a scenario's keys, in Markdown; topic profiles: of a profile's
  bool schema = false;  ///< the JSON Schema of a scenario; topic profiles: of a profile
  std::string folder = "scenarios";
};

void add_list(CLI::App& app, ListOptions& options);

/// Prints to stdout; returns 0.
int list_command(const ListOptions& options);

}  // namespace tandem

#include "algorithms/exchanges/backup_option.h"

#include <fmt/format.h>

#include "core/config/options.h"

namespace tandem {

OptionTable deaths_option() {
  return option_table<DeathsOption>(
      Mapping<DeathsOption>().key("deaths", &DeathsOption::deaths, whole<int>(between(0, 65535)),
                                  "workers that may end while the others go on"),
      +[](const DeathsOption& option) { return option.deaths > 0 ? fmt::format("deaths {}", option.deaths) : ""; });
}

OptionTable server_replicas_option() {
  return option_table<ServerReplicaOption>(
      Mapping<ServerReplicaOption>().key("replicas", &ServerReplicaOption::replicas, whole<int>(between(0, 1)),
                                         "servers beside each server that take over when it dies"),
      +[](const ServerReplicaOption& option) { return std::string(option.replicas > 0 ? "replicated" : ""); });
}

std::optional<std::string> deaths_refusal(const Job& job) {
  const int deaths = deaths_survived(job.strategy);
  if (deaths < job.workers) return std::nullopt;
  return fmt::format("{}: {} deaths leave none of {} workers", job.strategy.name, deaths, job.workers);
}

}  // namespace tandem

#include "app/scenario/cluster_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <system_error>

#include "algorithms/strategies/strategy.h"
#include "core/config/limits.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

Position place_of_item(const Value& tree, const std::string& list, std::size_t index) {
  const Entry* entry = find_path(tree, list);
  return entry != nullptr && index < entry->value.items.size() ? entry->value.items[index].position : tree.position;
}

void check_hosts(const Value& tree, const std::vector<HostGroup>& hosts, Reader& reader) {
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    const HostGroup& group = hosts[i];
    const Position place = place_of_item(tree, "cluster.hosts", i);
    if (group.workers.empty() && group.servers.empty()) {
      reader.error(place, fmt::format("cluster.hosts[{}] needs \"worker\" or \"server\": whose hosts it is about", i));
    }
    if (!group.speed_flops_per_s && !group.memory_bandwidth_bytes_per_s && !group.bandwidth_bytes_per_s) {
      reader.error(place, fmt::format("cluster.hosts[{}] needs \"speed\", \"memory_bandwidth\" or \"bandwidth\": "
                                      "what is different there",
                                      i));
    }
  }
}

void check_background(const Value& tree, const std::vector<BackgroundFlow>& flows, Reader& reader) {
  for (std::size_t i = 0; i < flows.size(); ++i) {
    const BackgroundFlow& flow = flows[i];
    const std::string path = fmt::format("cluster.network.background[{}]", i);
    const auto report = [&](const std::string& what) {
      reader.error(place_of_item(tree, "cluster.network.background", i), path + what);
    };
    const bool has_end = std::isfinite(flow.until_s), comes_back = std::isfinite(flow.every_s);
    if (flow.from == flow.to) report(fmt::format(" goes from worker {} to itself", flow.from));
    if (flow.bytes == 0 && !flow.bandwidth_bytes_per_s) report(" needs \"bytes\" or \"bandwidth\": how much is sent");
    if (flow.bytes > 0 && has_end) report(" has both \"bytes\" and \"until\"; it ends when they are sent");
    if (flow.until_s <= flow.start_s) report(" ends before it begins");
    if (flow.bytes == 0 && comes_back && flow.every_s < flow.until_s - flow.start_s) {
      report(has_end ? " comes back before it has ended" : " never ends, so it cannot come back; give \"until\"");
    }
  }
}

void check_losses(const Value& tree, const std::vector<PacketLoss>& losses, Reader& reader) {
  constexpr double kMost = 0.1;
  for (std::size_t i = 0; i < losses.size(); ++i) {
    const PacketLoss& loss = losses[i];
    const auto report = [&](const std::string& what) {
      reader.error(place_of_item(tree, "cluster.network.losses", i),
                   fmt::format("cluster.network.losses[{}] {}", i, what));
    };
    if (loss.until_s <= loss.from_s) report("ends before it begins");
    if (loss.is_outage() && !std::isfinite(loss.until_s))
      report("never ends; give \"until\": when the link is up again");
    if (!loss.is_outage() && loss.loss > kMost)
      report("loses more than 0.1 of all, of which the formula for TCP says nothing; 1 is a link that is down");
  }
}

/// A platform file states all hosts and links, so other keys that state them are mistakes.
void check_platform(const Value& tree, Reader& reader) {
  for (const char* path : {"cluster.hosts", "cluster.ranks_per_node"}) {
    if (is_given(tree, path))
      reader.error(place_of(tree, path), fmt::format("cluster.platform states the hosts, not {}", path));
  }
  const Entry* network = find_path(tree, "cluster.network");
  if (network == nullptr) return;
  for (const Entry& entry : network->value.entries) {
    if (stands_beside_platform(entry.key)) continue;
    reader.error(entry.position, fmt::format("cluster.platform states the links, not cluster.network.{}", entry.key),
                 {}, "model, latency_factor, bandwidth_factor, size_factors, cross_traffic, send_buffer, background");
  }
}

/// Times with their units, one per line. Empty lines and comments behind a # are skipped.
std::vector<double> read_times(const std::string& path, const Position& place, Reader& reader) {
  std::vector<double> times_s;
  std::ifstream file(path);
  std::size_t number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    line = line.substr(0, line.find('#'));
    const std::size_t first = line.find_first_not_of(" \t\r"), last = line.find_last_not_of(" \t\r");
    if (first == std::string::npos) continue;
    const std::string text = line.substr(first, last - first + 1);
    try {
      const double time_s = parse_quantity(text, Dimension::time);
      if (!(time_s >= 0 && time_s <= kLongest_s)) throw QuantityError("is no delay");
      times_s.push_back(time_s);
    } catch (const QuantityError& error) {
      reader.error(place, fmt::format("{}:{}: \"{}\" {}", path, number, text, error.what()), error.suggestion(),
                   fmt::format("a time from 0, such as {}", example_of(Dimension::time)));
      return {};
    }
  }
  if (times_s.empty()) reader.error(place, fmt::format("{} has no times", path));
  return times_s;
}

std::optional<Conflict> slowdown_conflict(const std::string& path, const std::vector<Slowdown>& slowdowns,
                                          int workers) {
  for (const Slowdown& slowdown : slowdowns) {
    if (slowdown.ranks.highest() < workers) continue;
    return Conflict{path, fmt::format("{} names worker {}, but the {} workers count from 0", path,
                                      slowdown.ranks.highest(), workers)};
  }
  return std::nullopt;
}

std::optional<Conflict> loss_conflict(const Scenario& scenario) {
  const std::string path = "cluster.network.losses";
  const Network& network = scenario.cluster.network;
  if (network.losses.empty()) return std::nullopt;
  const auto refuse = [&](const std::string& why) { return Conflict{path, fmt::format("{}: {}", path, why)}; };
  if (scenario.fidelity == Fidelity::coarse)
    return refuse("with fidelity: coarse several rounds are one, during which links may not change so");
  if (scenario.flows == FlowModel::simgrid) return refuse("SimGrid's own flows know no losses of packets");
  for (const PacketLoss& loss : network.losses) {
    if (loss.is_outage() && !network.background.empty())
      return refuse("a link that is down stops ranks' messages only, not network.background; take one of them");
    if (loss.ranks.highest() < scenario.cluster.workers) continue;
    return Conflict{path, fmt::format("{} names worker {}, but the {} workers count from 0", path, loss.ranks.highest(),
                                      scenario.cluster.workers)};
  }
  return std::nullopt;
}

std::optional<Conflict> network_conflict(const Scenario& scenario) {
  const Network& network = scenario.cluster.network;
  const struct {
    const char* path;
    bool is_given;
    Feature feature;
  } asked[] = {{"cluster.platform", !scenario.cluster.platform.empty(), Feature::platform_file},
               {"cluster.network.slowdowns", !network.slowdowns.empty(), Feature::link_slowdowns},
               {"cluster.network.losses", !network.losses.empty(), Feature::link_losses},
               {"cluster.network.background", !network.background.empty(), Feature::background_traffic}};
  for (const auto& [path, is_given, feature] : asked) {
    if (!is_given || scenario.traits().honours(feature)) continue;
    return Conflict{
        path, fmt::format("{}: only the {} world can, not {}", path, worlds_that_honour(feature), scenario.world)};
  }
  for (const BackgroundFlow& flow : network.background) {
    const int named = std::max(flow.from, flow.to);
    if (named < scenario.cluster.workers) continue;
    return Conflict{"cluster.network.background",
                    fmt::format("cluster.network.background names worker {}, but the {} workers count from 0", named,
                                scenario.cluster.workers)};
  }
  if (auto conflict = loss_conflict(scenario)) return conflict;
  return slowdown_conflict("cluster.network.slowdowns", network.slowdowns, scenario.cluster.workers);
}

std::optional<Conflict> host_conflict(const Scenario& scenario) {
  const std::string path = "cluster.hosts";
  const Layout layout = strategy_of(scenario.strategy).layout(scenario.strategy, scenario.cluster.workers);
  for (const HostGroup& group : scenario.cluster.hosts) {
    if (group.workers.highest() >= scenario.cluster.workers) {
      return Conflict{path, fmt::format("{} names worker {}, but the {} workers count from 0", path,
                                        group.workers.highest(), scenario.cluster.workers)};
    }
    if (layout.all_servers() == 0 || group.servers.empty()) continue;
    if (layout.servers == 0) {
      return Conflict{path, fmt::format("{} names server {}, but the servers are on the workers' hosts", path,
                                        group.servers.highest())};
    }
    if (group.servers.highest() >= layout.servers) {
      return Conflict{path, fmt::format("{} names server {}, but the {} servers count from 0", path,
                                        group.servers.highest(), layout.servers)};
    }
  }
  return std::nullopt;
}

}  // namespace

bool stands_beside_platform(std::string_view network_key) {
  constexpr std::string_view kKeys[] = {"model",         "latency_factor", "bandwidth_factor", "size_factors",
                                        "cross_traffic", "send_buffer",    "background"};
  return std::find(std::begin(kKeys), std::end(kKeys), network_key) != std::end(kKeys);
}

Position place_of(const Value& tree, std::string_view path) {
  const Entry* entry = find_path(tree, path);
  return entry != nullptr ? entry->value.position : tree.position;
}

bool is_given(const Value& tree, std::string_view path) { return find_path(tree, path) != nullptr; }

void resolve_file(const Value& tree, const std::string& path, const fs::path& folder, Reader& reader,
                  std::string& file) {
  if (file.empty()) return;
  const fs::path shown = (folder / file).lexically_normal();
  std::error_code error;
  const fs::file_status status = fs::status(shown, error);
  if (!fs::exists(status)) {
    reader.error(place_of(tree, path), fmt::format("there is no file {}", shown.string()));
  } else if (fs::is_directory(status)) {
    reader.error(place_of(tree, path), fmt::format("{} is a folder, not a file", shown.string()));
  }
  file = fs::absolute(shown).lexically_normal().string();
}

void resolve_cluster(const Value& tree, const fs::path& folder, Reader& reader, Cluster& cluster) {
  check_hosts(tree, cluster.hosts, reader);
  check_background(tree, cluster.network.background, reader);
  check_losses(tree, cluster.network.losses, reader);
  resolve_file(tree, "cluster.platform", folder, reader, cluster.platform);
  if (!cluster.platform.empty()) check_platform(tree, reader);
  if (!cluster.noise || cluster.noise->kind != NoiseKind::recorded) return;
  const std::size_t errors_before = reader.errors();
  resolve_file(tree, "cluster.noise.file", folder, reader, cluster.noise->file);
  if (reader.errors() > errors_before) return;
  cluster.noise->recorded_s = read_times(cluster.noise->file, place_of(tree, "cluster.noise.file"), reader);
}

std::optional<Conflict> cluster_conflict(const Scenario& scenario) {
  const Cluster& cluster = scenario.cluster;
  if (auto at_odds = slowdown_conflict("cluster.slowdowns", cluster.slowdowns, cluster.workers)) return at_odds;
  if (auto at_odds = network_conflict(scenario)) return at_odds;
  return host_conflict(scenario);
}

}  // namespace tandem

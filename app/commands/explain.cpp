#include "app/commands/explain.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>

#include "algorithms/collectives/collective.h"
#include "algorithms/strategies/strategy.h"
#include "app/commands/against.h"
#include "app/commands/study.h"
#include "app/report/text_table.h"
#include "app/run/bounds.h"
#include "app/run/memory.h"
#include "app/scenario/elastic_fields.h"
#include "app/scenario/resolved.h"
#include "app/worlds/worlds.h"
#include "core/comm.h"
#include "core/counted.h"
#include "core/units.h"
#include "sim/network/interconnect.h"
#include "sim/network/tcp_window.h"
#include "sim/world.h"

namespace tandem {
namespace {

struct Explained {
  Run run;            ///< with the workers of these steps
  std::string label;  ///< which steps, if not all
  StepCost cost;
  std::size_t steps;
  std::optional<RankMemory> memory;
};

bool is_predicted(const Explained& point) { return point.run.scenario.traits().predicts; }

Explained explained(const Run& run, int workers, const std::string& when, std::size_t steps) {
  Explained point{.run = run, .label = label_of(run) + when, .steps = steps};
  Scenario& scenario = point.run.scenario;
  scenario = with_workers(scenario, workers);
  const Job job = job_of(point.run);
  point.cost = step_cost(scenario, strategy_of(scenario.strategy), job);
  point.memory = most_memory(scenario, job);
  return point;
}

// One for each number of workers that the run plans to have, and one for a failure whose step nobody knows.
void add_parts(std::vector<Explained>& points, const Run& run) {
  int workers = run.scenario.cluster.workers;
  for (const WorkersForSteps& part : planned_workers(run.scenario, job_of(run).steps)) {
    workers = part.workers;
    const std::string when = part.because.empty() ? "" : fmt::format(", from step {} on with {}", part.begin, workers);
    points.push_back(explained(run, workers, when, part.end - part.begin));
  }
  if (fewest_after_failures(run.scenario, workers) == workers) return;
  points.push_back(explained(run, workers - 1, fmt::format(", once one more has failed, with {}", workers - 1), 0));
}

// A run goes on with those whom failures leave, and hosts of that memory would not let it.
std::string shrinking_warning(const Run& run) {
  const int workers = planned_workers(run.scenario, job_of(run).steps).back().workers;
  const int fewest = fewest_after_failures(run.scenario, workers);
  if (fewest == workers) return "";
  const Scenario shrunk = with_workers(run.scenario, fewest);
  const auto refusal = refusal_of_memory(shrunk, job_of(shrunk, run.data));
  return refusal ? fmt::format("failures may leave {}: {}", counted(fewest, "worker"), *refusal) : "";
}

std::string time_text(double time_s) { return format_quantity(time_s, Dimension::time, 4); }

std::string rate_text(double bytes_per_s) {
  return fmt::format("{} = {:.6g} byte/s", format_quantity(bytes_per_s, Dimension::data_rate, 5), bytes_per_s);
}

// One line for all links of the same bandwidth, by the name of the first.
std::string links_text(const sim::Interconnect& topology, const NetworkModel& model) {
  std::map<double, std::string> by_bandwidth;
  for (const sim::DirectedLink& link : topology.links())
    by_bandwidth.try_emplace(link.bandwidth_bytes_per_s, link.name);
  std::string text;
  for (const auto& [bandwidth, name] : by_bandwidth) {
    text += fmt::format("  links like {}, each way: {}", name, rate_text(bandwidth));
    if (model.bandwidth_factor != 1)
      text += fmt::format(", x {:g} for payload: {}", model.bandwidth_factor,
                          rate_text(bandwidth * model.bandwidth_factor));
    text += "\n";
  }
  return text;
}

std::string latencies_text(const sim::Interconnect& topology, const NetworkModel& model) {
  std::vector<std::string> latencies, windows;
  for (const double latency_s : topology.latencies_s()) {
    latencies.push_back(time_text(latency_s));
    if (model.latency_factor != 1)
      latencies.back() +=
          fmt::format(", x {:g}: {}", model.latency_factor, time_text(latency_s * model.latency_factor));
    if (const auto window = sim::window_bandwidth_bytes_per_s(model, latency_s))
      windows.push_back(rate_text(*window * model.bandwidth_factor));
  }
  return fmt::format("  latency of a message: {}\n  most that one flow may take: {}\n", fmt::join(latencies, "; "),
                     windows.empty() ? "the whole link" : fmt::format("{} (TCP window)", fmt::join(windows, "; ")));
}

// What messages cost besides latency and bandwidth, one line each; empty where it is nothing.
std::string sizes_text(const Cluster& cluster) {
  std::string text;
  if (cluster.message_overhead_s > 0) {
    text += fmt::format("  each message takes its sender's processor, and its receiver's, for {}\n",
                        time_text(cluster.message_overhead_s));
  }
  std::vector<std::string> parts;
  for (const SizeFactor& factor : cluster.network.model.size_factors) {
    parts.push_back(
        fmt::format("beyond {} x {:.4g}", format_quantity(factor.above_bytes, Dimension::bytes, 4), factor.factor));
  }
  if (!parts.empty()) text += fmt::format("  bandwidth by the bytes of a message: {}\n", fmt::join(parts, ", "));
  return text;
}

std::string network_text(const Explained& point) {
  const Cluster& cluster = point.run.scenario.cluster;
  const NetworkModel& model = cluster.network.model;
  if (!cluster.platform.empty()) {
    return fmt::format("Simulated network: {}, latencies x {:g}, bandwidths x {:g} for payload\n{}", cluster.platform,
                       model.latency_factor, model.bandwidth_factor, sizes_text(cluster));
  }
  const sim::Interconnect topology(cluster, point.cost.ranks);
  return fmt::format(
      "Simulated network: {}, model {}\n{}{}  flows share a link {}; acknowledgements on the way back: {}\n{}",
      cluster.network.topology, model.name, links_text(topology, model), latencies_text(topology, model),
      model.name == "lv08" ? "by 1 / (latency + sum of 20537 bytes / bandwidth)" : "equally",
      model.cross_traffic ? "5 % of a flow's rate" : "none", sizes_text(cluster));
}

// Each network once, with the first point that has it.
std::string networks_text(const std::vector<Explained>& points) {
  std::vector<std::string> texts;
  std::string all;
  for (const Explained& point : points) {
    if (!is_predicted(point)) continue;
    const std::string text = network_text(point);
    if (std::find(texts.begin(), texts.end(), text) != texts.end()) continue;
    texts.push_back(text);
    all += fmt::format("\n{}{}", text, points.size() == 1 ? "" : fmt::format("  first at: {}\n", point.label));
  }
  return all;
}

// The resource that needs the most time, and how long each kind takes alone. The step may need more than either, where
// one follows the other.
std::string bound_text(const StepCost& cost) {
  if (cost.bounds.empty()) return "unknown: neither hosts nor links are the scenario's";
  const Bound& first = cost.bounds.front();
  const bool is_computation = first.least_s == cost.computation_s();
  const double other_s = is_computation ? cost.communication_s() : cost.computation_s();
  std::vector<std::string> alone;
  if (const std::string text = time_text(first.least_s); text != time_text(cost.least_s()))
    alone.push_back("alone: " + text);
  if (other_s > 0)
    alone.push_back(fmt::format("{} alone: {}", is_computation ? "links" : "computation", time_text(other_s)));
  return alone.empty() ? first.resource : fmt::format("{} ({})", first.resource, fmt::join(alone, "; "));
}

std::string points_text(const std::vector<Explained>& points) {
  using Kind = TextTable::Kind;
  std::vector<std::string> labels, ranks, messages, bytes, least, bounds;
  for (const Explained& point : points) {
    const StepCost& cost = point.cost;
    labels.push_back(point.label);
    ranks.push_back(std::to_string(cost.ranks));
    messages.push_back(cost.has_closed_form ? fmt::format("{:.10g}", cost.messages) : "-");
    bytes.push_back(cost.has_closed_form ? fmt::format("{:.0f}", cost.bytes) : "-");
    least.push_back(cost.bounds.empty() ? "-" : time_text(cost.least_s()));
    bounds.push_back(bound_text(cost));
  }
  TextTable table;
  table.add_column("A step of", Kind::text, labels);
  table.add_column("ranks", Kind::number, ranks);
  table.add_column("messages", Kind::number, messages);
  table.add_column("bytes", Kind::number, bytes);
  table.add_column("at least", Kind::number, least);
  table.add_column("bound by", Kind::text, bounds);
  return table.text();
}

// Each sum once, with the first point that has it.
std::string memory_text(const std::vector<Explained>& points) {
  std::vector<std::string> sums;
  std::string text;
  for (const Explained& point : points) {
    if (!point.memory) continue;
    const std::string sum = sum_text(point.memory->memory);
    if (std::ranges::find(sums, sum) != sums.end()) continue;
    sums.push_back(sum);
    text += fmt::format("  {}: rank {} holds {}\n", point.label, point.memory->rank, sum);
  }
  return text.empty() ? text : "\nMemory of the rank that holds the most:\n" + text;
}

// A difference below a hundredth of a step's least time is neither above the noise nor visible in a figure.
constexpr double kCanShow = 0.01;

// Why no point can show the effect of this swept key; empty when one can.
std::string why_it_cannot_show(const std::string& key, const std::vector<Explained>& points) {
  const auto all = [&](auto holds) { return std::all_of(points.begin(), points.end(), holds); };
  const bool is_of_network = key.starts_with("cluster.network");
  if (is_of_network && all([](const Explained& p) { return !p.run.scenario.has_links(); }))
    return "no run uses the scenario's network";
  if (key == "cluster.host.speed" && all([](const Explained& p) { return p.cost.bounds.empty(); }))
    return "no run uses the scenario's hosts";
  if (!all(is_predicted) || !all([](const Explained& p) { return p.cost.has_closed_form; })) return "";
  // A network with borders inside may bind where the hosts' links do not, unless a bound on what crosses them is known.
  const auto is_bounded = [](const Explained& p) {
    const auto is_border = [](const Bound& bound) { return bound.resource.starts_with("border of "); };
    return p.cost.network_never_blocks || std::ranges::any_of(p.cost.bounds, is_border);
  };
  if (is_of_network && key.ends_with("bandwidth") && all(is_bounded) &&
      all([](const Explained& p) { return p.cost.communication_s() < kCanShow * p.cost.computation_s(); }))
    return "compute-bound";
  if (key == "cluster.host.speed" &&
      all([](const Explained& p) { return p.cost.computation_s() < kCanShow * p.cost.communication_s(); }))
    return "communication-bound";
  const auto waits_s = [](const Explained& p) {
    const Network& network = p.run.scenario.cluster.network;
    return p.cost.most_messages_of_rank * network.latency_s * network.model.latency_factor;
  };
  if (key == "cluster.network.latency" &&
      all([&](const Explained& p) { return !p.cost.bounds.empty() && waits_s(p) < kCanShow * p.cost.least_s(); }))
    return "all messages of a rank, one after the other, wait for less than 1 % of a step";
  return "";
}

std::vector<std::string> warnings(const std::vector<Explained>& points) {
  std::vector<std::string> texts;
  for (const auto& [key, value] : points.front().run.factors) {
    const std::string why = why_it_cannot_show(key, points);
    if (!why.empty()) texts.push_back(fmt::format("{}: {} cannot show", why, key));
  }
  return texts;
}

struct SimulationCost {
  double messages = 0;  ///< sent by all simulated runs together
  double flops = 0;     ///< real arithmetic in them
  double message_s = 0;
  int ranks = 0;       ///< in the ring that was timed
  bool is_all = true;  ///< false: some runs have no closed form of their messages
};

// Wall time per message of a phantom ring with as many ranks as the largest run has, within bounds: a message costs
// more in a larger simulation.
void time_a_ring(SimulationCost& cost) {
  const WorldOptions options{.ranks = cost.ranks, .payload = Payload::phantom, .cluster = {.workers = cost.ranks}};
  const auto start = std::chrono::steady_clock::now();
  kSimWorld.run(options, [](Endpoint& endpoint) {
    Comm comm(endpoint, {.payload = Payload::phantom, .timeout_s = kNoDeadline});
    collective_named("ring").all_reduce.run(comm, comm.make_buffer(1'000'000));
  });
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  cost.message_s = took.count() / (2.0 * cost.ranks * (cost.ranks - 1));
}

SimulationCost simulation_cost(const std::vector<Explained>& points) {
  constexpr int kFewest = 32, kMost = 256;
  SimulationCost cost;
  for (const Explained& point : points) {
    if (!is_predicted(point)) continue;
    const Scenario& scenario = point.run.scenario;
    const auto steps = static_cast<double>(point.steps);
    cost.messages += steps * point.cost.messages;
    cost.is_all = cost.is_all && point.cost.has_closed_form;
    if (scenario.payload == Payload::numeric) cost.flops += steps * point.cost.flops;
    cost.ranks = std::clamp(point.cost.ranks, std::max(cost.ranks, kFewest), kMost);
  }
  if (cost.messages > 0) time_a_ring(cost);
  return cost;
}

std::string simulation_text(const SimulationCost& cost) {
  if (cost.messages == 0) return "";
  std::string text = fmt::format(
      "\nTo simulate: {:.0f} messages{}, {} each (measured just now, on a ring of {} ranks): {} on one core",
      cost.messages, cost.is_all ? "" : " and those that no formula counts",
      format_quantity(cost.message_s, Dimension::time, 3), cost.ranks,
      format_quantity(cost.messages * cost.message_s, Dimension::time, 3));
  if (cost.flops > 0) text += fmt::format("; and {:.2g} flop of real arithmetic", cost.flops);
  return text + "\n";
}

nlohmann::ordered_json json_of(const Explained& point) {
  nlohmann::ordered_json bounds = nlohmann::ordered_json::array();
  for (const Bound& bound : point.cost.bounds)
    bounds.push_back({{"resource", bound.resource}, {"least_s", bound.least_s}});
  nlohmann::ordered_json json = {{"point", point.label},           {"ranks", point.cost.ranks}, {"steps", point.steps},
                                 {"messages_per_step", nullptr},   {"bytes_per_step", nullptr}, {"bounds", bounds},
                                 {"least_s", point.cost.least_s()}};
  if (point.cost.has_closed_form) {
    json["messages_per_step"] = point.cost.messages;
    json["bytes_per_step"] = point.cost.bytes;
  }
  if (point.memory) {
    const Memory& memory = point.memory->memory;
    json["memory"] = {{"rank", point.memory->rank},        {"parameters", memory.parameters},
                      {"gradients", memory.gradients},     {"optimizer", memory.optimizer},
                      {"activations", memory.activations}, {"further_copies", memory.room},
                      {"total_bytes", memory.total()}};
  }
  json["scenario"] = to_json(point.run.scenario);
  return json;
}

void print_json(const std::vector<Explained>& points, const SimulationCost& cost,
                const std::vector<std::string>& warned) {
  nlohmann::ordered_json json = {{"points", nlohmann::ordered_json::array()},
                                 {"simulated_messages", cost.messages},
                                 {"wall_s_per_message", cost.message_s},
                                 {"warnings", warned}};
  for (const Explained& point : points) json["points"].push_back(json_of(point));
  fmt::print("{}\n", json.dump(2));
}

std::string skipped_text(const Plan& plan) {
  std::string text;
  for (const Point& point : plan.points) {
    if (!point.skipped) continue;
    text += fmt::format("{}skipped: {}, {}: {}\n", text.empty() ? "\n" : "", strategy_label(point.scenario.strategy),
                        counted(point.scenario.cluster.workers, "worker"), *point.skipped);
  }
  return text;
}

void print_scenario(const std::vector<Explained>& points) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : points.front().run.factors) keys.push_back(key);
  fmt::print("\nThe scenario with its defaults{}:\n{}",
             keys.empty() ? "" : fmt::format(", at its first point (swept: {})", fmt::join(keys, ", ")),
             resolved_text(to_json(points.front().run.scenario), 2));
}

}  // namespace

void add_explain(CLI::App& app, ExplainOptions& options) {
  CLI::App* explain = app.add_subcommand("explain", "Say what a scenario will do, by formula, without running it");
  add_scenario(*explain, options.scenario);
  CLI::Option* json = explain->add_flag("--json", options.json, "Print it as JSON, with every point's scenario");
  explain
      ->add_option("--against", options.against, "Judge a log of nccl-tests by the hardware that the scenario states")
      ->check(CLI::ExistingFile)
      ->excludes(json);
}

int explain_command(const ExplainOptions& options) {
  if (!options.against.empty()) return explain_against(options);
  const Study study = prepare_study(load(options.scenario), {});
  std::vector<Explained> points;
  for (const Run& run : study.prepared.runs) {
    if (run.repeat > 0) continue;
    add_parts(points, run);
  }
  std::vector<std::string> warned = warnings(points);
  for (const Run& run : study.prepared.runs) {
    const std::string text = run.repeat == 0 ? shrinking_warning(run) : "";
    if (!text.empty()) warned.push_back(fmt::format("{}: {}", label_of(run), text));
  }
  const SimulationCost cost = simulation_cost(points);
  if (options.json) {
    print_json(points, cost, warned);
    return 0;
  }
  fmt::print("{}\n\n{}{}{}", study.plan.question, points_text(points), memory_text(points), networks_text(points));
  fmt::print("{}{}{}", skipped_text(study.plan), simulation_text(cost), warned.empty() ? "" : "\n");
  for (const std::string& text : warned) fmt::print("warning: {}\n", text);
  print_scenario(points);
  return 0;
}

}  // namespace tandem

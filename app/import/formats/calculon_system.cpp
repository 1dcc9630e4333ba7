// A system of Calculon (its systems/*.json) becomes a cluster: speed, memory and one or two networks.
#include <fmt/format.h>

#include "app/import/format.h"
#include "app/import/json_text.h"
#include "app/import/origin.h"
#include "app/import/yaml_text.h"
#include "core/config/limits.h"
#include "core/units.h"

namespace tandem::formats {
namespace {

constexpr double kGiga = 1e9, kTera = 1e12;

std::string rate_text(double bytes_per_s) { return format_quantity(bytes_per_s, Dimension::data_rate, 6); }

/// The share of the peak that the largest operations reach: the first row of a table [[at least, share], ...].
double best_efficiency(const YamlText& file, const Value& table) {
  const std::vector<Value>& first = file.list(file.list(table).front());
  if (first.size() != 2) file.refuse(first.front().position, "a row [size, share] is expected");
  return file.number(first[1], 0);
}

std::string network_keys(const YamlText& file, const Value& network, double sharing, int indent) {
  const double bandwidth = file.number(file.at(network, "bandwidth"), 1e-6),
               latency_s = file.number(file.at(network, "latency"), 0);
  const double efficiency = file.number(file.at(network, "efficiency"), 1e-6);
  const std::string blanks(static_cast<std::size_t>(indent), ' ');
  const std::string ranks = sharing > 1 ? fmt::format(" x {:.0f} processors of a node", sharing) : "";
  return origin_comment(Origin::derived,
                        fmt::format("bandwidth {:g} GB/s x efficiency {:g}{}", bandwidth, efficiency, ranks), indent) +
         fmt::format("{}bandwidth: {}\n", blanks, rate_text(bandwidth * kGiga * efficiency * sharing)) +
         origin_comment(Origin::stated, "latency", indent) +
         fmt::format("{}latency: {}\n", blanks, format_quantity(latency_s, Dimension::time, 6));
}

Imported cluster_of(const InputFile& input, const std::string&) {
  const YamlText file(input);
  const Value &half = file.at(file.at(file.root(), "matrix"), "float16"), &memory = file.at(file.root(), "mem1");
  const std::vector<Value>& networks = file.list(file.at(file.root(), "networks"));
  if (networks.size() > 2)
    file.refuse(networks[2].position, "a third network; a cluster has one inside a node and one between nodes");
  const double tflops = file.number(file.at(half, "tflops"), 1e-9);
  const double speed_share = best_efficiency(file, file.at(half, "gflops_efficiency"));
  const double memory_rate = file.number(file.at(memory, "GBps"), 1e-9);
  const double memory_share = best_efficiency(file, file.at(memory, "MB_efficiency"));
  std::string text = comment(fmt::format("From a system of Calculon, {}.", input.path()));
  text += comment(
      "Efficiencies are those of the largest operations: smaller ones are slower than this. What processors "
      "spend on communication (processor_usage), a second memory (mem2) and vector units are left out.");
  const double node = file.number(file.at(networks.front(), "size"), 1);
  if (node > kMostRanks || node != static_cast<double>(static_cast<int>(node)))
    file.refuse(file.at(networks.front(), "size").position,
                fmt::format("a whole number up to {:.0f} is expected", kMostRanks));
  if (networks.size() == 2)
    text += origin_comment(Origin::stated, "size of the first network") + fmt::format("ranks_per_node: {:.0f}\n", node);
  text += "host:\n";
  text += origin_comment(Origin::derived, fmt::format("matrix float16: {:g} Tflop/s x {:g}", tflops, speed_share), 2);
  text += fmt::format("  speed: {}\n", format_quantity(tflops * kTera * speed_share, Dimension::compute_rate, 6));
  text += origin_comment(Origin::derived, fmt::format("mem1: {:g} GB/s x {:g}", memory_rate, memory_share), 2);
  text += fmt::format("  memory_bandwidth: {}\nnetwork:\n", rate_text(memory_rate * kGiga * memory_share));
  text += network_keys(file, networks.back(), networks.size() == 2 ? node : 1, 2);
  if (networks.size() == 2) text += "  intra_node:\n" + network_keys(file, networks.front(), 1, 4);
  return {{{"", text}}, {"the number of workers is the scenario's to state; Calculon takes it from the execution"}};
}

}  // namespace

ImportFormat calculon_system() {
  return {
      .name = "calculon-system",
      .doc = "a system of Calculon (systems/*.json) -> a cluster",
      .recognises =
          [](std::string_view head) { return is_json_object(head) && head.find("\"gflops_efficiency\"") != head.npos; },
      .read = cluster_of,
      .kind = ImportedKind::cluster};
}

}  // namespace tandem::formats

// The network file of ASTRA-sim's analytical back end becomes a cluster. Its GB/s are 2^30 bytes per second, and its
// latency is that of one link; a switch takes two.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "app/import/format.h"
#include "app/import/json_text.h"
#include "app/import/origin.h"
#include "app/import/yaml_text.h"
#include "core/config/limits.h"
#include "core/units.h"

namespace tandem::formats {
namespace {

struct NetworkLevel {
  std::string kind;  ///< Ring, FullyConnected or Switch
  double ranks = 0;
  double bandwidth_bytes_per_s = 0;  ///< one link's, each way
  double latency_s = 0;              ///< one link's
  Position place;
};

std::vector<NetworkLevel> levels_of(const YamlText& file) {
  constexpr double kGibi = 1024.0 * 1024 * 1024, kNano = 1e-9;
  const std::vector<Value>& kinds = file.list(file.at(file.root(), "topology"));
  const std::vector<Value>& counts = file.list(file.at(file.root(), "npus_count"));
  const std::vector<Value>& bandwidths = file.list(file.at(file.root(), "bandwidth"));
  const std::vector<Value>& latencies = file.list(file.at(file.root(), "latency"));
  for (const std::vector<Value>* other : {&counts, &bandwidths, &latencies}) {
    if (other->size() != kinds.size())
      file.refuse(other->front().position, fmt::format("{} values for {} dimensions", other->size(), kinds.size()));
  }
  std::vector<NetworkLevel> levels;
  double ranks = 1;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const double count = file.number(counts[i], 1);
    ranks *= count;
    if (count != std::floor(count) || ranks > kMostRanks)
      file.refuse(counts[i].position,
                  fmt::format("whole numbers whose product is at most {:.0f} are expected", kMostRanks));
    levels.push_back({kinds[i].text, count, file.number(bandwidths[i], 1e-9) * kGibi,
                      file.number(latencies[i], 0) * kNano, kinds[i].position});
    if (levels.back().kind != "Ring" && levels.back().kind != "FullyConnected" && levels.back().kind != "Switch")
      file.refuse(kinds[i].position,
                  fmt::format("{} is not known; there are Ring, FullyConnected and Switch", describe(kinds[i])));
  }
  return levels;
}

std::string rate_text(double bytes_per_s) { return format_quantity(bytes_per_s, Dimension::data_rate, 6); }
std::string time_text(double time_s) { return format_quantity(time_s, Dimension::time, 6); }

/// What a rank's link carries at most, and what a message takes from rank to rank.
struct StarLike {
  double bandwidth_bytes_per_s, latency_s;
  std::string why_bandwidth, why_latency;
};

StarLike star_like(const YamlText& file, const NetworkLevel& level) {
  if (level.kind == "Switch")
    return {level.bandwidth_bytes_per_s, 2 * level.latency_s, "bandwidth in GiB/s", "two links, through the switch"};
  if (level.kind == "FullyConnected") {
    const double links = std::max(level.ranks - 1, 1.0);
    return {level.bandwidth_bytes_per_s * links, level.latency_s,
            fmt::format("{:.0f} links of a rank together, as if all were used", links), "one link"};
  }
  file.refuse(level.place, "a Ring beside other kinds is not supported: only rings in all dimensions are, as a torus");
}

std::string torus_text(const YamlText& file, const std::vector<NetworkLevel>& levels) {
  std::vector<int> sizes;
  for (const NetworkLevel& level : levels) {
    sizes.push_back(static_cast<int>(level.ranks));
    if (level.bandwidth_bytes_per_s != levels.front().bandwidth_bytes_per_s ||
        level.latency_s != levels.front().latency_s)
      file.refuse(level.place,
                  "rings of different bandwidth or latency are not supported: a torus has one for all links");
  }
  const NetworkLevel& link = levels.front();
  return "network:\n  topology: torus\n" + fmt::format("  dimensions: [{}]\n", fmt::join(sizes, ", ")) +
         origin_comment(Origin::stated, "of each link between neighbours, each way, in GiB/s", 2) +
         fmt::format("  bandwidth: {}\n", rate_text(link.bandwidth_bytes_per_s)) +
         origin_comment(Origin::stated, "of one link", 2) +
         fmt::format("  latency: {}\n  hop_latency: {}\n", time_text(link.latency_s), time_text(link.latency_s));
}

std::string nodes_text(const YamlText& file, const std::vector<NetworkLevel>& levels) {
  const bool has_nodes = levels.size() == 2;
  const StarLike outer = star_like(file, levels.back());
  const double node = has_nodes ? levels.front().ranks : 1;
  std::string text = has_nodes ? fmt::format("ranks_per_node: {:.0f}\n", node) : "";
  text += "network:\n";
  text += origin_comment(
      Origin::derived,
      outer.why_bandwidth + (has_nodes ? fmt::format(", of {:.0f} ranks that share a card here", node) : ""), 2);
  text += fmt::format("  bandwidth: {}\n", rate_text(outer.bandwidth_bytes_per_s * node));
  text += origin_comment(Origin::derived, outer.why_latency, 2);
  text += fmt::format("  latency: {}\n", time_text(outer.latency_s));
  if (!has_nodes) return text;
  const StarLike inner = star_like(file, levels.front());
  text += "  intra_node:\n" + origin_comment(Origin::derived, inner.why_bandwidth, 4);
  text += fmt::format("    bandwidth: {}\n", rate_text(inner.bandwidth_bytes_per_s));
  return text + origin_comment(Origin::derived, inner.why_latency, 4) +
         fmt::format("    latency: {}\n", time_text(inner.latency_s));
}

Imported cluster_of(const InputFile& input, const std::string&) {
  const YamlText file(input);
  const std::vector<NetworkLevel> levels = levels_of(file);
  const bool is_torus = std::ranges::all_of(levels, [](const NetworkLevel& level) { return level.kind == "Ring"; });
  if (!is_torus && levels.size() > 2) {
    file.refuse(levels[2].place,
                "a third dimension is not supported unless all are rings: a cluster has nodes and a "
                "network between them");
  }
  double ranks = 1;
  for (const NetworkLevel& level : levels) ranks *= level.ranks;
  std::string text =
      comment(fmt::format("From a network of ASTRA-sim's analytical back end, {}. Its GB/s are GiB/s.", input.path()));
  text += origin_comment(Origin::derived, "the product of npus_count") + fmt::format("workers: {:.0f}\n", ranks);
  text += is_torus ? torus_text(file, levels) : nodes_text(file, levels);
  return {{{"", text + comment("The file says nothing of arithmetic: give host.speed, or a model's samples_per_s.")}},
          {}};
}

}  // namespace

ImportFormat astra_network() {
  return {.name = "astra-network",
          .doc = "the network of ASTRA-sim's analytical back end (YAML) -> a cluster",
          .recognises =
              [](std::string_view head) {
                return !is_json_object(head) && head.find("npus_count:") != head.npos &&
                       head.find("topology:") != head.npos;
              },
          .read = cluster_of,
          .kind = ImportedKind::cluster};
}

}  // namespace tandem::formats

#include "app/scenario/cluster_fields.h"

#include <algorithm>

#include "core/config/limits.h"
#include "sim/network/topology.h"

namespace tandem {
namespace {

Mapping<Slowdown> slowdown_fields(const std::string& what);

Mapping<BackgroundFlow> background_fields() {
  using B = BackgroundFlow;
  constexpr double kNever = std::numeric_limits<double>::infinity();
  return Mapping<B>()
      .key("from", &B::from, whole<int>(between(0, kMostRanks - 1)), "the worker whose host sends")
      .required()
      .key("to", &B::to, whole<int>(between(0, kMostRanks - 1)), "the worker whose host receives")
      .required()
      .key("bytes", &B::bytes, unless(0.0, quantity(Dimension::bytes, above(0, kMostBytes))), "how many are sent")
      .otherwise("bandwidth x (until - start)")
      .key("bandwidth", &B::bandwidth_bytes_per_s, maybe(quantity(Dimension::data_rate, above(0, kHighestRate))),
           "the fastest that they are sent")
      .otherwise("what the links give")
      .key("start", &B::start_s, quantity(Dimension::time, between(0, kLongest_s)), "when sending begins")
      .key("until", &B::until_s, unless(kNever, quantity(Dimension::time, above(0, kLongest_s))),
           "when it has ended, if the links give the bandwidth")
      .otherwise("never; with bytes, when they are sent")
      .key("every", &B::every_s, unless(kNever, quantity(Dimension::time, above(0, kLongest_s))),
           "it begins again so long after it began")
      .otherwise("it does not");
}

Mapping<Network> network_fields() {
  using N = Network;
  return Mapping<N>()
      .key("topology", &N::topology, choice_of(topologies().names()), "how hosts are joined")
      .key("bandwidth", &N::bandwidth_bytes_per_s, quantity(Dimension::data_rate, above(0, kHighestRate)),
           "of each host's link, each way")
      .key("latency", &N::latency_s, quantity(Dimension::time, between(0, 3600)),
           "one way, from host to host with at most one switch between them")
      .key("hop_latency", &N::hop_latency_s, quantity(Dimension::time, between(0, 3600)),
           "what each further link between switches adds to it; torus: each link after the first")
      .key("queue", &N::queue_bytes, quantity(Dimension::bytes, between(4096, 1 << 30)),
           "tcp with emulate: bytes that wait at each link before packets are lost; sim loses none")
      .key("intra_node", &N::intra_node, sim::link_fields().type(),
           "between ranks of one node: bandwidth of each rank's link, latency from rank to rank")
      .otherwise("128Gbit/s and 5us")
      .key("slowdowns", &N::slowdowns,
           unless_empty(list_of(slowdown_fields("their hosts' links have so many times less bandwidth").type(),
                                between(0, kMostRanks))),
           "sim: links that are slower for a while")
      .otherwise("none")
      .key("background", &N::background, unless_empty(list_of(background_fields().type(), between(0, kMostRanks))),
           "sim: bytes of others, which share the links with those of the ranks")
      .otherwise("none")
      .key("model", in(&N::model, &NetworkModel::name), choice_of({"neutral", "lv08"}),
           "neutral: exactly latency + bytes / bandwidth, fair sharing; lv08: SimGrid's default factors")
      .key("latency_factor", in(&N::model, &NetworkModel::latency_factor), number(between(0, 1e6)),
           "latency is multiplied by it")
      .otherwise("1; 13.01 with lv08")
      .key("bandwidth_factor", in(&N::model, &NetworkModel::bandwidth_factor), number(above(0, 1)),
           "the share of the bandwidth that carries payload")
      .otherwise("1; 0.97 with lv08")
      .key("cross_traffic", in(&N::model, &NetworkModel::cross_traffic), flag(),
           "acknowledgements take 5 % of a flow's rate on the way back")
      .otherwise("false; true with lv08");
}

/// The keys of the network and, after hop_latency, those of all topologies, of which each takes its own.
TypeInfo with_topologies(TypeInfo info) {
  const auto hop_latency = std::ranges::find(info.keys, "hop_latency", &KeyInfo::key);
  std::vector<KeyInfo> keys;
  info.variant_key = "topology";
  for (const sim::Topology& topology : topologies()) {
    Variant variant{std::string(topology.name), std::string(topology.doc), {}};
    for (const KeyInfo& key : topology.options.keys) {
      variant.keys.push_back(key.key);
      if (std::ranges::find(keys, key.key, &KeyInfo::key) == keys.end()) keys.push_back(key);
    }
    info.variants.push_back(std::move(variant));
  }
  info.keys.insert(hop_latency + 1, keys.begin(), keys.end());
  return info;
}

Type<Network> network_type() {
  const Mapping<Network> own = network_fields();
  const TypeInfo info = with_topologies(own.info());
  const auto read = [own, info](const Value& value, Reader& reader, Network& network) {
    if (!check_mapping(value, info, reader)) return;
    own.read_entries(value, reader, network);
    topologies().find(network.topology)->read_options(value, reader, network.topology_options);
  };
  const auto write = [own, info](const Network& network) {
    Json values = own.write(network);
    values.update(topologies().find(network.topology)->write_options(network.topology_options));
    Json in_order = Json::object();
    for (const KeyInfo& key : info.keys) {
      if (values.contains(key.key)) in_order[key.key] = values[key.key];
    }
    return in_order;
  };
  return {info, read, write};
}

Mapping<HostGroup> host_group_fields() {
  using H = HostGroup;
  return Mapping<H>()
      .key("worker", &H::workers, ranks(), "which workers")
      .key("server", &H::servers, ranks(), "which dedicated servers")
      .key("speed", &H::speed_flops_per_s, maybe(quantity(Dimension::compute_rate, above(0, kHighestSpeed))),
           "of one rank's arithmetic")
      .otherwise("host.speed")
      .key("memory_bandwidth", &H::memory_bandwidth_bytes_per_s,
           maybe(quantity(Dimension::data_rate, above(0, kHighestRate))), "at which reductions and updates move memory")
      .otherwise("host.memory_bandwidth")
      .key("bandwidth", &H::bandwidth_bytes_per_s, maybe(quantity(Dimension::data_rate, above(0, kHighestRate))),
           "of the host's link, each way")
      .otherwise("network.bandwidth");
}

Mapping<Slowdown> slowdown_fields(const std::string& what) {
  using S = Slowdown;
  constexpr double kForEver = std::numeric_limits<double>::infinity();
  return Mapping<S>()
      .key("worker", &S::ranks, ranks(), "which workers")
      .required()
      .key("factor", &S::factor, number(between(1, 1e6)), what)
      .required()
      .key("from", &S::from_s, quantity(Dimension::time, between(0, kLongest_s)), "when that begins")
      .key("until", &S::until_s, unless(kForEver, quantity(Dimension::time, above(0, kLongest_s))), "when that ends")
      .otherwise("never")
      .key("every", &S::every_s, unless(kForEver, quantity(Dimension::time, above(0, kLongest_s))),
           "it comes back so long after it began, again and again")
      .otherwise("it does not");
}

Mapping<Noise> noise_fields() {
  using N = Noise;
  return Mapping<N>()
      .key("distribution", &N::kind,
           choice<NoiseKind>({{"constant", NoiseKind::constant},
                              {"exponential", NoiseKind::exponential},
                              {"log-normal", NoiseKind::log_normal},
                              {"recorded", NoiseKind::recorded}}),
           "how long the delays are")
      .required()
      .key("mean", &N::mean_s, quantity(Dimension::time, between(0, kLongest_s)), "of the delays")
      .required()
      .key("median", &N::median_s, quantity(Dimension::time, between(0, kLongest_s)), "of the delays")
      .required()
      .key("sigma", &N::sigma, number(between(0, 10)), "standard deviation of the delays' logarithm")
      .key("file", &N::file, text(), "one time a line, with its unit; relative to the scenario's folder")
      .required()
      .variants("distribution", {{"constant", "the same for every step", {"mean"}},
                                 {"exponential", "often short, seldom long", {"mean"}},
                                 {"log-normal", "a typical delay, with a long tail", {"median", "sigma"}},
                                 {"recorded", "drawn from measured delays", {"file"}}});
}

/// The loader has put the file's keys in the place of its name.
Type<Cluster> cluster_file() {
  const Type<std::string> name = text();
  const auto read = [name](const Value& value, Reader& reader, Cluster&) {
    std::string unused;
    name.read(value, reader, unused);
  };
  return {name.info, read, [](const Cluster&) { return Json(); }};
}

}  // namespace

Mapping<Cluster> cluster_fields() {
  using C = Cluster;
  return Mapping<C>()
      .key(
          "from", [](auto& cluster) -> auto& { return cluster; }, cluster_file(),
          "a cluster file, relative to the scenario's folder, as tandem calibrate writes it: keys of this mapping that "
          "are not given here")
      .key("workers", &C::workers, whole<int>(between(1, kMostRanks)),
           "ranks that compute gradients; servers not counted")
      .key("ranks_per_node", &C::ranks_per_node, whole<int>(between(1, kMostRanks)),
           "workers that share a network card, in order of rank; a dedicated server has a node of its own")
      .group("host",
             Mapping<C>()
                 .key("speed", &C::speed_flops_per_s, quantity(Dimension::compute_rate, above(0, kHighestSpeed)),
                      "of one rank's arithmetic, one multiplication or addition a flop")
                 .key("memory_bandwidth", &C::memory_bandwidth_bytes_per_s,
                      maybe(quantity(Dimension::data_rate, above(0, kHighestRate))),
                      "at which reductions and updates move memory")
                 .otherwise("unlimited"),
             "each worker's and server's host")
      .key("hosts", &C::hosts, unless_empty(list_of(host_group_fields().type(), between(0, kMostRanks))),
           "hosts that differ; of several groups with one rank the last counts")
      .otherwise("all alike")
      .key("platform", &C::platform, text(),
           "sim: a SimGrid platform file (XML) instead of host, hosts and network; its hosts become ranks in its order")
      .otherwise("none")
      .key("network", &C::network, network_type(), "what joins the hosts")
      .key("slowdowns", &C::slowdowns,
           list_of(slowdown_fields("their hosts compute so many times slower").type(), between(0, kMostRanks)),
           "workers that are slower for a while")
      .key("noise", &C::noise, maybe(noise_fields().type()),
           "what each step of each worker takes longer than its arithmetic: a delay at its beginning, drawn anew")
      .otherwise("none")
      .key("emulate_speed", &C::emulate_speed, flag(),
           "real worlds: after each computation, sleep until work / host.speed has passed")
      .otherwise("true with emulate, and for a profile model in a real world; else false")
      .key("emulate", &C::emulate, flag(),
           "tcp: run on this cluster as it is described: links of network.bandwidth (needs root), hosts of host.speed");
}

}  // namespace tandem

#include "app/scenario/cluster_fields.h"

#include <algorithm>

#include "app/scenario/slowdown_fields.h"
#include "core/config/limits.h"
#include "sim/network/topology.h"

namespace tandem {
namespace {

Mapping<BackgroundFlow> background_fields() {
  using B = BackgroundFlow;
  constexpr double kNever = std::numeric_limits<double>::infinity();
  return Mapping<B>()
      .key("from", &B::from, whole<int>(between(0, kMostRanks - 1)), "the worker whose host sends")
      .required()
      .key("to", &B::to, whole<int>(between(0, kMostRanks - 1)), "the worker whose host receives")
      .required()
      .key("bytes", &B::bytes, unless(0.0, quantity(Dimension::bytes, above(0, kMostBytes))),
           "the number of bytes sent")
      .otherwise("bandwidth x (until - start)")
      .key("bandwidth", &B::bandwidth_bytes_per_s, maybe(quantity(Dimension::data_rate, above(0, kHighestRate))),
           "the highest rate at which they are sent")
      .otherwise("as fast as the links allow")
      .key("start", &B::start_s, quantity(Dimension::time, between(0, kLongest_s)), "when sending begins")
      .key("until", &B::until_s, unless(kNever, quantity(Dimension::time, above(0, kLongest_s))),
           "when sending ends, if the links allow that bandwidth")
      .otherwise("never; with bytes, when they are sent")
      .key("every", &B::every_s, unless(kNever, quantity(Dimension::time, above(0, kLongest_s))),
           "the time from one beginning to the next, if it repeats")
      .otherwise("it does not repeat");
}

Mapping<SizeFactor> size_factor_fields() {
  return Mapping<SizeFactor>()
      .key("above", &SizeFactor::above_bytes, quantity(Dimension::bytes, between(0, kMostBytes)),
           "the bytes of a message beyond these")
      .required()
      .key("factor", &SizeFactor::factor, number(above(0, 1)), "the share of the bandwidth at which they move")
      .required();
}

Mapping<PacketLoss> loss_fields() {
  using L = PacketLoss;
  constexpr double kNever = std::numeric_limits<double>::infinity();
  return Mapping<L>()
      .key("worker", &L::ranks, ranks(), "which workers")
      .required()
      .key("loss", &L::loss, number(above(0, 1)),
           "the part of all packets that the link loses, both ways, at most 0.1; or 1: it is down")
      .required()
      .key("from", &L::from_s, quantity(Dimension::time, between(0, kLongest_s)), "when losses begin")
      .key("until", &L::until_s, unless(kNever, quantity(Dimension::time, above(0, kLongest_s))), "when they end")
      .otherwise("never");
}

Mapping<Network> network_fields() {
  using N = Network;
  return Mapping<N>()
      .key("topology", &N::topology, choice_of(topologies().names()), "the shape of the network")
      .key("bandwidth", &N::bandwidth_bytes_per_s, quantity(Dimension::data_rate, above(0, kHighestRate)),
           "bandwidth of each host's link, each way")
      .key("latency", &N::latency_s, quantity(Dimension::time, between(0, 3600)),
           "latency between two hosts with at most one switch between them, one way")
      .key("hop_latency", &N::hop_latency_s, quantity(Dimension::time, between(0, 3600)),
           "latency that each further link between switches adds; torus: each link after the first")
      .key("queue", &N::queue_bytes, quantity(Dimension::bytes, between(4096, 1 << 30)),
           "tcp with emulate: bytes that queue at each link before packets are lost; sim loses none")
      .key(
          "send_buffer", &N::send_buffer_bytes, quantity(Dimension::bytes, between(0, kMostBytes)),
          "sim: bytes from one rank to another that may be on their way after their sends are complete, as in sockets; "
          "0: a send is complete when it has arrived")
      .key("intra_node", &N::intra_node, sim::link_fields().type(),
           "between ranks of one node: bandwidth of each rank's link, latency from rank to rank")
      .otherwise("128Gbit/s and 5us")
      .key("slowdowns", &N::slowdowns,
           unless_empty(slowdown_list("the bandwidth of these workers' links is divided by it")),
           "sim: links that are slower for a while")
      .otherwise("none")
      .key("losses", &N::losses, unless_empty(list_of(loss_fields().type(), between(0, kMostRanks))),
           "sim: links that lose packets for a while, or are down")
      .otherwise("none")
      .key("background", &N::background, unless_empty(list_of(background_fields().type(), between(0, kMostRanks))),
           "sim: traffic of others, which shares the links with that of the ranks")
      .otherwise("none")
      .key("model", in(&N::model, &NetworkModel::name), choice_of({"neutral", "lv08"}),
           "neutral: exactly latency + bytes / bandwidth, fair sharing; lv08: SimGrid's default factors")
      .key("latency_factor", in(&N::model, &NetworkModel::latency_factor), number(between(0, 1e6)),
           "every latency is multiplied by it")
      .otherwise("1; 13.01 with lv08")
      .key("bandwidth_factor", in(&N::model, &NetworkModel::bandwidth_factor), number(above(0, 1)),
           "the share of the bandwidth that carries payload")
      .otherwise("1; 0.97 with lv08")
      .key("size_factors", in(&N::model, &NetworkModel::size_factors),
           unless_empty(list_of(size_factor_fields().type(), between(0, 1000))),
           "sim: bandwidth by the size of a message, in ascending order, as tandem calibrate measures it")
      .otherwise("all bytes move at the bandwidth")
      .key("cross_traffic", in(&N::model, &NetworkModel::cross_traffic), flag(),
           "whether acknowledgements take 5 % of a flow's rate on the way back")
      .otherwise("false; true with lv08");
}

/// The keys of the network and, after hop_latency, those of all topologies, of which each takes its own.
TypeInfo with_topologies(TypeInfo info) {
  std::vector<KeyInfo> keys;
  info.variant_key = "topology";
  for (const sim::Topology& topology : topologies()) {
    Variant variant{std::string(topology.name), std::string(topology.doc), {}};
    for (const KeyInfo& key : topology.options.keys) {
      variant.keys.push_back(key.key);
      if (std::ranges::find(keys, key.key, &KeyInfo::key) == keys.end()) keys.push_back(key);
    }
    info.variants.edit().push_back(std::move(variant));
  }
  std::vector<KeyInfo>& all = info.keys.edit();
  all.insert(std::ranges::find(all, "hop_latency", &KeyInfo::key) + 1, keys.begin(), keys.end());
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
           "speed of one rank's arithmetic")
      .otherwise("host.speed")
      .key("memory_bandwidth", &H::memory_bandwidth_bytes_per_s,
           maybe(quantity(Dimension::data_rate, above(0, kHighestRate))),
           "rate at which reductions and updates move memory")
      .otherwise("host.memory_bandwidth")
      .key("bandwidth", &H::bandwidth_bytes_per_s, maybe(quantity(Dimension::data_rate, above(0, kHighestRate))),
           "bandwidth of the host's link, each way")
      .otherwise("network.bandwidth");
}

Mapping<Noise> noise_fields() {
  using N = Noise;
  return Mapping<N>()
      .key("distribution", &N::kind,
           choice<NoiseKind>({{"constant", NoiseKind::constant},
                              {"exponential", NoiseKind::exponential},
                              {"log-normal", NoiseKind::log_normal},
                              {"recorded", NoiseKind::recorded}}),
           "the distribution of the delays")
      .required()
      .key("mean", &N::mean_s, quantity(Dimension::time, between(0, kLongest_s)), "mean of the delays")
      .required()
      .key("median", &N::median_s, quantity(Dimension::time, between(0, kLongest_s)), "median of the delays")
      .required()
      .key("sigma", &N::sigma, number(between(0, 10)), "standard deviation of the logarithm of the delays")
      .key("file", &N::file, text(), "a file with one time per line, with its unit; relative to the scenario's folder")
      .required()
      .variants("distribution", {{"constant", "the same delay in every step", {"mean"}},
                                 {"exponential", "mostly short delays, few long ones", {"mean"}},
                                 {"log-normal", "a typical delay, with a long tail", {"median", "sigma"}},
                                 {"recorded", "drawn from measured delays", {"file"}}});
}

/// Read by the loader, which replaces it by the keys of the file.
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
          "a cluster file as tandem calibrate writes it, relative to the scenario's folder; it states the keys of this "
          "mapping that are not given here")
      .key("workers", &C::workers, whole<int>(between(1, kMostRanks)),
           "number of ranks that compute gradients; servers are not counted")
      .key("ranks_per_node", &C::ranks_per_node, whole<int>(between(1, kMostRanks)),
           "number of workers that share a network card, in order of rank; a dedicated server has a node of its own")
      .group("host",
             Mapping<C>()
                 .key("speed", &C::speed_flops_per_s, quantity(Dimension::compute_rate, above(0, kHighestSpeed)),
                      "speed of one rank's arithmetic; a multiplication or an addition is one flop")
                 .key("memory_bandwidth", &C::memory_bandwidth_bytes_per_s,
                      maybe(quantity(Dimension::data_rate, above(0, kHighestRate))),
                      "rate at which reductions and updates move memory")
                 .otherwise("unlimited")
                 .key("memory", &C::memory_bytes, maybe(quantity(Dimension::bytes, above(0, kMostBytes))),
                      "memory of one rank; what would hold more, by formula, is refused before it runs")
                 .otherwise("unlimited")
                 .key("message_overhead", &C::message_overhead_s, quantity(Dimension::time, between(0, 1)),
                      "sim: time of the processor for each message sent, before it starts, and for each received"),
             "the host of each worker and server")
      .key("hosts", &C::hosts, unless_empty(list_of(host_group_fields().type(), between(0, kMostRanks))),
           "hosts that differ from the others; where several groups name a rank, the last one counts")
      .otherwise("all alike")
      .key("platform", &C::platform, text(),
           "sim: a SimGrid platform file (XML) instead of host, hosts and network; its hosts become the ranks, in "
           "their order")
      .otherwise("none")
      .key("network", &C::network, network_type(), "the network between the hosts")
      .key("slowdowns", &C::slowdowns, slowdown_list("the speed of these workers' hosts is divided by it"),
           "workers that are slower for a while")
      .key("noise", &C::noise, maybe(noise_fields().type()),
           "random delay added to every step of every worker, at its beginning")
      .otherwise("none")
      .key("emulate_speed", &C::emulate_speed, flag(),
           "real worlds: after each computation, sleep until work / host.speed has passed")
      .otherwise("true with emulate, and for a profile model in a real world; else false")
      .key("emulate", &C::emulate, flag(),
           "tcp: run on this cluster as it is described: links of network.bandwidth, hosts of host.speed");
}

}  // namespace tandem

#include "real/tcp/emulated_links.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>
#include <tuple>

#include "core/errors.h"
#include "core/process/child.h"
#include "core/process/program.h"

namespace tandem::tcp {
namespace {

// The bucket of a link holds what the link carries in this time. It is short, because a transfer that fits into the
// bucket is faster than its link.
constexpr double kBucket_s = 0.5e-3;

// A shorter latency is about what a message takes between two processes of this machine, and less than a sleeping
// process needs to wake up at its time.
constexpr double kLeastLatency_s = 100e-6;

// The kernel hands a queue packets of up to 64 KiB. If the bucket is smaller than a packet, the kernel splits every
// packet, which costs more than the run itself; so packets are kept smaller than the bucket, but hold at least two
// frames.
struct Shape {
  Shape(double bandwidth, double queue)
      : bandwidth_bytes_per_s(bandwidth), queue_bytes(queue), bucket_bytes(static_cast<int>(burst_bytes(bandwidth))) {}
  int packet_bytes() const { return std::clamp(bucket_bytes / 2, 3028, 65536); }
  double bandwidth_bytes_per_s, queue_bytes;
  int bucket_bytes;
};

constexpr int kHostsPerSubnet = 250;
constexpr int kMostRanks = kHostsPerSubnet * kHostsPerSubnet;

std::string address_of(int rank) {
  return fmt::format("10.77.{}.{}", rank / kHostsPerSubnet, 1 + rank % kHostsPerSubnet);
}

std::string refusal(const std::string& what) {
  return fmt::format("cluster.emulate: {} ({})", what, std::strerror(errno));
}

void enter_namespace(const FileDescriptor& space) {
  if (setns(space.get(), CLONE_NEWNET) != 0) throw RunFailed(refusal("a network namespace cannot be entered"));
}

FileDescriptor current_namespace() {
  FileDescriptor space(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!space) throw RunFailed(refusal("the network namespace cannot be opened"));
  return space;
}

bool setting_is(const char* file, int value) {
  int found = 0;
  return static_cast<bool>(std::ifstream(file) >> found) && found == value;
}

// The setting of this system that forbids user namespaces, as a command of root.
std::string how_to_allow() {
  const std::string proc = "/proc/sys/";
  for (const auto& [name, forbids, allows] :
       {std::tuple{"user/max_user_namespaces", 0, 15000}, std::tuple{"kernel/unprivileged_userns_clone", 0, 1},
        std::tuple{"kernel/apparmor_restrict_unprivileged_userns", 1, 0}}) {
    if (!setting_is((proc + name).c_str(), forbids)) continue;
    std::string key = name;
    std::replace(key.begin(), key.end(), '/', '.');
    return fmt::format("sysctl -w {}={}", key, allows);
  }
  return "in a container, start it with --cap-add SYS_ADMIN --cap-add NET_ADMIN";
}

RunFailed not_allowed(const std::string& what) {
  const std::string why = refusal(what);  // before anything else sets errno
  return RunFailed(fmt::format("{}; run as root, or allow user namespaces (as root: {})", why, how_to_allow()));
}

void write_setting(const char* file, const std::string& text) {
  std::ofstream out(file);
  if (!(out << text << std::flush)) throw not_allowed(fmt::format("{} cannot be written", file));
}

// Network namespaces belong to a user namespace, and whoever made that one is root in it, but nowhere else. What this
// user may read and write stays as it was.
void become_root_of_own_namespace() {
  const uid_t user = geteuid();
  const gid_t group = getegid();
  if (unshare(CLONE_NEWUSER) != 0) throw not_allowed("a user namespace cannot be made");
  write_setting("/proc/self/setgroups", "deny");
  write_setting("/proc/self/uid_map", fmt::format("0 {} 1", user));
  write_setting("/proc/self/gid_map", fmt::format("0 {} 1", group));
}

FileDescriptor new_namespace() {
  const bool needs_rights = unshare(CLONE_NEWNET) != 0;
  if (needs_rights) {
    become_root_of_own_namespace();
    if (unshare(CLONE_NEWNET) != 0) throw not_allowed("a network namespace cannot be made");
  }
  // A rank's connections must not depend on this machine's default. A kernel that refuses keeps its default, which is
  // still a valid choice.
  std::ofstream("/proc/sys/net/ipv4/tcp_congestion_control") << "reno";
  // Each connection keeps one packet in the link's queue, so that connections take turns, as they do under the fair
  // queue that Linux has by default. (Not every kernel has fair queues.) If several packets fitted, one connection
  // would keep three there and another four, and their shares of the link would be three to four.
  std::ofstream("/proc/sys/net/ipv4/tcp_limit_output_bytes") << 4096;
  return current_namespace();
}

// Commands of `ip` or `tc`, one per line.
void run_batch(const char* program, const std::string& commands) {
  try {
    const ProgramResult result = run_program({program, "-batch", "-"}, {.input = commands});
    if (result.end.is_success()) return;
    throw RunFailed(fmt::format("cluster.emulate: {} refused one of:\n{}{}", program, commands, result.errors));
  } catch (const std::system_error& error) {
    throw RunFailed(fmt::format("cluster.emulate: {}; apt install iproute2", error.what()));
  }
}

std::size_t group_of(int rank, const Uplinks& uplinks) {
  std::size_t group = 0;
  while (group + 1 < uplinks.groups.size() && static_cast<std::size_t>(rank) >= uplinks.groups[group].end) ++group;
  return group;
}

bool has_groups(const Uplinks& uplinks) { return uplinks.groups.size() > 1; }

constexpr const char* kMiddle = "bridge0";  // joins all hosts, or all groups of hosts

std::string bridge_of_group(std::size_t group) { return fmt::format("group{}", group); }

void add_bucket(const std::string& device, const Shape& shape) {
  run_batch("tc", fmt::format("qdisc add dev {} root tbf rate {:.0f}bit burst {} limit {:.0f}\n", device,
                              8 * shape.bandwidth_bytes_per_s, shape.bucket_bytes, shape.queue_bytes));
}

// What the kernel says to a link of this kind, tried by a process of its own: it cannot be undone in this one.
std::optional<std::string> why_a_link_cannot_be_made(const Cluster& cluster) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return refusal("no pipe");
  const FileDescriptor reading(ends[0]);
  FileDescriptor writing(ends[1]);
  Child child = fork_child({.errors = writing.get()}, [&cluster] {
    const EmulatedLinks links(cluster, 1);
    return 0;
  });
  writing.reset();
  std::string text;
  char piece[1024];
  for (ssize_t got = 0; (got = read(reading.get(), piece, sizeof piece)) > 0;)
    text.append(piece, static_cast<std::size_t>(got));
  if (child.wait().is_success()) return std::nullopt;
  return text.substr(0, text.find_last_not_of('\n') + 1);
}

}  // namespace

std::optional<std::string> why_links_cannot_be_emulated(const Cluster& cluster) {
  if (!cluster.network.uplinks || cluster.ranks_per_node != 1 || !cluster.platform.empty()) {
    return "cluster.emulate: links are emulated as a star, two-tier or sites, with one rank per host; sim knows the "
           "other networks";
  }
  return why_a_link_cannot_be_made(cluster);
}

std::vector<double> emulated_latencies_s(const Cluster& cluster, int rank, int ranks) {
  const Uplinks& uplinks = *cluster.network.uplinks;
  std::vector<double> latencies_s;
  for (int peer = 0; peer < ranks; ++peer) {
    const bool is_far = group_of(peer, uplinks) != group_of(rank, uplinks);
    const double latency_s = cluster.network.latency_s + (is_far ? uplinks.uplink.latency_s : 0);
    latencies_s.push_back(latency_s < kLeastLatency_s ? 0 : latency_s);
  }
  return latencies_s;
}

double burst_bytes(double bandwidth_bytes_per_s) {
  return std::clamp(bandwidth_bytes_per_s * kBucket_s, 4096.0, 131072.0);
}

EmulatedLinks::EmulatedLinks(const Cluster& cluster, int ranks) {
  if (ranks > kMostRanks) throw UsageError(fmt::format("cluster.emulate: {} ranks, at most {}", ranks, kMostRanks));
  const Uplinks& uplinks = *cluster.network.uplinks;
  outside_ = current_namespace();
  bridges_ = new_namespace();
  run_batch("ip", fmt::format("link add name {0} type bridge\naddr add {1}/16 dev {0}\nlink set {0} up\n", kMiddle,
                              kBridgeAddress));
  if (has_groups(uplinks)) add_groups(uplinks, cluster.network.queue_bytes);
  for (int rank = 0; rank < ranks; ++rank)
    add_host(rank, has_groups(uplinks) ? bridge_of_group(group_of(rank, uplinks)) : kMiddle, cluster);
  enter_namespace(bridges_);
}

void EmulatedLinks::add_groups(const Uplinks& uplinks, double queue_bytes) const {
  const Shape shape(uplinks.uplink.bandwidth_bytes_per_s, queue_bytes);
  for (std::size_t group = 0; group < uplinks.groups.size(); ++group) {
    const std::string out = fmt::format("out{}", group), in = fmt::format("in{}", group);
    run_batch("ip", fmt::format("link add name {0} type bridge\nlink set {0} up\n"
                                "link add {1} type veth peer name {2}\n"
                                "link set {1} master {0} up\nlink set {2} master {3} up\n",
                                bridge_of_group(group), out, in, kMiddle));
    add_bucket(out, shape);
    add_bucket(in, shape);
  }
}

void EmulatedLinks::add_host(int rank, const std::string& bridge, const Cluster& cluster) {
  const Uplinks& uplinks = *cluster.network.uplinks;
  const Shape shape(cluster.bandwidth_of(rank), cluster.network.queue_bytes);
  int packet_bytes = shape.packet_bytes();
  if (has_groups(uplinks)) {
    const Shape uplink(uplinks.uplink.bandwidth_bytes_per_s, cluster.network.queue_bytes);
    packet_bytes = std::min(packet_bytes, uplink.packet_bytes());
  }
  hosts_.push_back(new_namespace());
  enter_namespace(bridges_);
  run_batch("ip", fmt::format("link add port{0} type veth peer name eth0 netns /proc/{1}/fd/{2}\n"
                              "link set port{0} master {3} up gso_max_size {4}\n",
                              rank, getpid(), hosts_.back().get(), bridge, packet_bytes));
  add_bucket(fmt::format("port{}", rank), shape);
  enter_namespace(hosts_.back());
  run_batch("ip", fmt::format("link set lo up\naddr add {}/16 dev eth0\nlink set eth0 up gso_max_size {}\n",
                              address_of(rank), packet_bytes));
  add_bucket("eth0", shape);
}

// A user namespace is not left again. The kernel then refuses, and this process stays where it is.
EmulatedLinks::~EmulatedLinks() { setns(outside_.get(), CLONE_NEWNET); }

void EmulatedLinks::enter(int rank) const { enter_namespace(hosts_[static_cast<std::size_t>(rank)]); }

}  // namespace tandem::tcp

// Shaped links on one machine: each rank in a network namespace of its own, joined by bridges, with a token bucket (tc
// tbf) on both directions of its link. Where hosts are in groups, each group has a bridge, and a shaped link from there
// to the one that joins the groups.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/cluster.h"
#include "core/process/file_descriptor.h"

namespace tandem::tcp {

/// Why this process cannot emulate these links, for people and with what would allow it; empty when it can. It needs
/// `ip`, `tc`, and root or an unprivileged user namespace. A link is made and removed again to find out.
std::optional<std::string> why_links_cannot_be_emulated(const Cluster& cluster);

/// The bytes that a link of this bandwidth lets pass at once after a pause.
double burst_bytes(double bandwidth_bytes_per_s);

/// How long `rank` holds a message of each other rank back after its last byte has come: the kernel's own delay queue
/// (netem) is not on every machine. 0 for latencies below 0.1 ms, which messages take here anyway.
std::vector<double> emulated_latencies_s(const Cluster& cluster, int rank, int ranks);

/// While this object lives, the calling process is in the namespace of the bridges, which all hosts reach at
/// kBridgeAddress. The kernel removes the namespaces when the processes in them end, however they end.
class EmulatedLinks {
 public:
  static constexpr const char* kBridgeAddress = "10.77.255.254";

  /// The calling process must have one thread. Without the rights of root it makes itself a user namespace, which it
  /// does not leave any more. Throws RunFailed when the kernel refuses.
  EmulatedLinks(const Cluster& cluster, int ranks);
  ~EmulatedLinks();
  EmulatedLinks(const EmulatedLinks&) = delete;
  EmulatedLinks& operator=(const EmulatedLinks&) = delete;

  /// Moves the calling process, which must have one thread, to the host of this rank.
  void enter(int rank) const;

 private:
  void add_groups(const Uplinks& uplinks, double queue_bytes) const;
  void add_host(int rank, const std::string& bridge, const Cluster& cluster);

  FileDescriptor outside_;
  FileDescriptor bridges_;
  std::vector<FileDescriptor> hosts_;  ///< by rank
};

}  // namespace tandem::tcp

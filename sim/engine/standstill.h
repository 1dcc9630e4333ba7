// Which ranks' hosts hang, and which ranks' links are down: what moves to or from them stands still until it is over.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sim/network/interconnect.h"

namespace tandem::sim {

struct Route;

class Standstill {
 public:
  /// Without an interconnect every rank has a node of its own.
  Standstill(int ranks, std::shared_ptr<const Interconnect> interconnect);

  // Each begins once more, or ends once.
  void change_host(int rank, bool begins);
  /// The link of each of these ranks' nodes, which all ranks of the node have in common.
  void change_links(const RankSet& ranks, bool begins);

  bool host_hangs(int rank) const { return hosts_[static_cast<std::size_t>(rank)] > 0; }
  bool holds(const Route& route) const;
  /// For people: "; rank 1 did not answer: its host hangs". Empty while everything goes.
  std::string text() const;

 private:
  int node_of(int rank) const { return interconnect_ == nullptr ? rank : interconnect_->node_of(rank); }

  std::shared_ptr<const Interconnect> interconnect_;
  std::vector<int> hosts_;  ///< by rank: how many hold it
  std::vector<int> links_;  ///< by node
  int all_ = 0;
};

}  // namespace tandem::sim

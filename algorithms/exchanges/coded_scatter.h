// The reduce-scatter of gradients and the all-gather of parameters, by the collective and the codec that the scenario
// chose. Under a codec each worker codes every part for the worker who owns it: an all-to-all brings an owner one
// message from everyone, which it decodes and sums in rank order, as a server does (Wang et al., "ZeRO++: extremely
// efficient collective communication for giant model training", 2023). Messages are as long as the longest part's.
#pragma once

#include "algorithms/collectives/collective_option.h"
#include "algorithms/exchanges/coded_changes.h"

namespace tandem {

/// What workers keep of the parts that others own.
enum class Others {
  kept,     ///< an all-gather may tell what has changed
  dropped,  ///< it must tell the values anew: codecs that round each value can
  summed,   ///< it tells new sums, and what it loses is added to the next: all have what was told, owners, too
};

class CodedScatter {
 public:
  /// For these of the model's parameters, of which each worker owns its even part.
  CodedScatter(const Comm& comm, const Job& job, Range parameters, Others others);

  /// This worker's part.
  Range own() const;
  /// Afterwards this worker's own part holds the sum over workers, or what the codec makes of it.
  void reduce_scatter(Comm& comm, std::size_t step, Slice gradients);
  /// Afterwards all parts are as their owners told them; the own one stays as it is, but with Others::summed.
  void all_gather(Comm& comm, std::size_t step, Slice parameters);
  void describe(State& state);

 private:
  Slice part(Slice all, int rank) const;
  Slice message(const Buffer& all, int rank) const;

  const Job& job_;
  int rank_;
  Range range_;
  Others others_;
  std::vector<Coding> parts_;            // per worker's part, for its gradients; none without a codec
  std::optional<CodedChanges> changes_;  // the own part's, where others keep it
  std::vector<Coding> told_;             // per worker's part, for its parameters
  std::size_t longest_ = 0;              // the longest message
  Buffer outgoing_, incoming_;
};

/// The bytes that `rank` keeps for these parameters under a codec.
double scatter_memory(const Job& job, Range parameters, int rank, Others others);

/// Why a codec cannot tell values anew, for people; empty when it can, or when there is none.
std::optional<std::string> refuse_anew(const Job& job);

/// What `rank` sends and receives in one of each.
Traffic reduce_scatter_traffic(const Job& job, Range parameters, int rank, bool is_coded);
Traffic all_gather_traffic(const Job& job, Range parameters, int rank, bool is_coded);

}  // namespace tandem

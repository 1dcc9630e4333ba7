#include "algorithms/strategies/replicas.h"

#include <fmt/format.h>

#include <algorithm>

#include "algorithms/collectives/collective_option.h"
#include "core/config/options.h"

namespace tandem {
namespace {

constexpr int kInside = 1, kAcross = 2;

/// Every `stride`-th rank from `first` on, `count` of them.
std::vector<int> ranks(int first, int count, int stride) {
  std::vector<int> members;
  for (int i = 0; i < count; ++i) members.push_back(first + i * stride);
  return members;
}

}  // namespace

OptionTable replicas_option() {
  return option_table<ReplicasOptions>(
      Mapping<ReplicasOptions>().key("replicas", &ReplicasOptions::replicas, whole<int>(between(1, 1e6)),
                                     "copies of the model, data parallel, each cut among as many ranks"),
      +[](const ReplicasOptions& options) {
        return options.replicas == 1 ? std::string() : fmt::format("d={}", options.replicas);
      });
}

ReplicaPlace place_of(const Job& job, int rank) {
  const auto* options = job.strategy.find<ReplicasOptions>();
  ReplicaPlace place{.replicas = options == nullptr ? 1 : options->replicas};
  place.ranks = std::max(1, job.workers / place.replicas);
  place.replica = rank / place.ranks;
  place.rank = rank % place.ranks;
  place.samples = even_part(job.batches.global_batch(), static_cast<std::size_t>(place.replicas),
                            static_cast<std::size_t>(place.replica))
                      .size();
  return place;
}

std::optional<std::string> refusal_of_replicas(const Job& job) {
  const int replicas = job.strategy.get<ReplicasOptions>().replicas;
  if (job.workers % replicas != 0)
    return fmt::format("{} workers cannot be shared out among {} replicas", job.workers, replicas);
  if (static_cast<std::size_t>(replicas) > job.batches.global_batch())
    return fmt::format("{} replicas are more than the {} samples of a batch", replicas, job.batches.global_batch());
  if (replicas > 1 && job.workload.stop.loss)
    return "replicas sum no losses, so stop.loss has no meaning; give steps or epochs";
  return std::nullopt;
}

Replicas::Replicas(const Comm& comm, const Job& job, const Collective& sums)
    : job_(job),
      sums_(sums),
      place_(place_of(job, comm.rank())),
      inside_(comm.group(ranks(place_.replica * place_.ranks, place_.ranks, 1), kInside)),
      across_(comm.group(ranks(place_.rank, place_.replicas, place_.ranks), kAcross)) {}

std::vector<std::uint32_t> Replicas::rows(std::size_t step) const {
  const auto all = job_.batches.global(step);
  const Range own =
      even_part(all.size(), static_cast<std::size_t>(place_.replicas), static_cast<std::size_t>(place_.replica));
  return {all.begin() + static_cast<std::ptrdiff_t>(own.begin), all.begin() + static_cast<std::ptrdiff_t>(own.end)};
}

CallShape shape_inside(const Job& job, std::size_t count) {
  return {.size = place_of(job, 0).ranks, .count = count, .ranks_per_node = job.ranks_per_node};
}

Traffic traffic_across(const Job& job, int rank, std::size_t count, const Collective& sums) {
  const ReplicaPlace place = place_of(job, rank);
  return sums.all_reduce.traffic(shape_across(job, place.ranks, count), place.replica);
}

}  // namespace tandem

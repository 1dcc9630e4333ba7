// The sum over workers of what each has, by the collective and the codec that the scenario chose.
#pragma once

#include "algorithms/codecs/coding.h"
#include "algorithms/collectives/collective.h"

namespace tandem {

class CodedSum {
 public:
  /// Sums values for these of the model's parameters. `job`, whose strategy has a `collective`, outlives it.
  CodedSum(const Comm& comm, const Job& job, Range parameters);

  /// Every worker's values become the sum over workers, or what the codec makes of it: the same bits for all.
  void run(Comm& comm, std::size_t step, Slice values);
  void describe(State& state);

 private:
  void sum_in_flight(Comm& comm, std::size_t step, Slice values);
  void gather_and_sum(Comm& comm, std::size_t step, Slice values);

  const Job& job_;
  const Collective& collective_;
  std::optional<Coding> coding_;
  Buffer messages_;  // this rank's, or where they are gathered, everyone's
};

/// The bytes that a coded sum of these parameters keeps.
double sum_memory(const Job& job, Range parameters);

/// The traffic of as many values of this element, where a closed form is of 32-bit values.
Traffic of_elements(Traffic traffic, Element element);

/// What `rank` sends and receives in one sum.
Traffic sum_traffic(const Job& job, Range parameters, int rank, bool is_coded);

/// The same over steps, of which `sums` says how many sums they have.
template <class Sums>
Traffic sum_traffic(const Job& job, Range parameters, int rank, Range steps, Sums sums) {
  Traffic traffic = sum_traffic(job, parameters, rank, false) * sums(plain_steps(job, steps));
  if (const Range coded = coded_steps(job, steps); coded.size() > 0) {
    traffic += sum_traffic(job, parameters, rank, true) * sums(coded);
  }
  return traffic;
}

}  // namespace tandem

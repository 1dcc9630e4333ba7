// What a server answers that does not answer all workers alike: each of them its shard's parameters of that moment.
#pragma once

#include <vector>

#include "algorithms/exchanges/coded_changes.h"
#include "algorithms/exchanges/push_box.h"

namespace tandem::parameter_server {

class Answers {
 public:
  Answers(const Comm& comm, const Job& job, const Shard& shard);

  /// Answers the worker's push of this step. The answer is a copy, in the buffer that the push came in: the next update
  /// need not wait for a slow receiver.
  Op send(Comm& comm, PushBox& pushes, int worker, std::size_t step, Slice parameters, const Pull& pull);
  void describe(State& state);

 private:
  int tag_;
  std::vector<CodedChanges> changes_;  // told to each worker; none without a codec
};

}  // namespace tandem::parameter_server

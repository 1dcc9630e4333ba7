#include "algorithms/collectives/power_of_two.h"

namespace tandem {
namespace {

constexpr int kFoldIn = 4;
constexpr int kFoldOut = 5;

}  // namespace

PowerOfTwo::PowerOfTwo(int size, int own_rank) : rank(own_rank), p(1) {
  while (2 * p <= size) p *= 2;
  extra = size - p;
}

void fold_in(Comm& comm, const PowerOfTwo& core, Slice data) {
  if (!core.is_paired()) return;
  if (!core.takes_part()) return comm.send(core.rank + 1, kFoldIn, data);
  comm.recv_add(core.rank - 1, kFoldIn, data);
}

void fold_out(Comm& comm, const PowerOfTwo& core, Slice data) {
  if (!core.is_paired()) return;
  if (core.takes_part()) return comm.send(core.rank - 1, kFoldOut, data);
  comm.recv(core.rank + 1, kFoldOut, data);
}

Traffic fold_traffic(const PowerOfTwo& core, std::size_t count) {
  const std::uint64_t bytes = value_bytes(count);
  return core.is_paired() ? Traffic{1, bytes, 1, bytes} : Traffic{};
}

double fold_cost_s(const PowerOfTwo& core, double bytes, const LinkCosts& links) {
  if (core.extra == 0) return 0;
  return 2 * links.alpha_s + 2 * bytes * links.beta_s_per_byte + bytes * links.gamma_s_per_byte;
}

}  // namespace tandem

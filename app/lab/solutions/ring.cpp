// A ring all-reduce: chunks go around once to be summed, and once more to be handed out.
#include "app/lab/answer.h"

using namespace tandem;

static void all_reduce(Comm& comm, Slice data) {
  const int n = comm.size(), right = (comm.rank() + 1) % n, left = (comm.rank() + n - 1) % n;
  const auto chunk = [&](int index) {
    return part_of(data,
                   even_part(data.count, static_cast<std::size_t>(n), static_cast<std::size_t>((index + 2 * n) % n)));
  };
  for (int round = 0; round < n - 1; ++round)
    comm.send_recv_add(right, chunk(comm.rank() - round), left, chunk(comm.rank() - round - 1), 1);
  for (int round = 0; round < n - 1; ++round)
    comm.send_recv(right, chunk(comm.rank() + 1 - round), left, chunk(comm.rank() - round), 2);
}

void answer(lab::Answer& mine) { mine.all_reduce = all_reduce; }

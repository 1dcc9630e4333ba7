// A synchronous parameter server: workers push their gradients in parts, servers update and send the parts back.
#include "app/lab/answer.h"

using namespace tandem;

static void server_step(Comm& comm, int servers, Slice gradient, Slice parameters, float rate) {
  const int workers = comm.size() - servers;
  const auto shard = [&](Slice whole, int server) {
    return part_of(whole, even_part(whole.count, static_cast<std::size_t>(servers), static_cast<std::size_t>(server)));
  };
  std::vector<Op> ops;
  if (comm.rank() < workers) {
    for (int server = 0; server < servers; ++server) {
      ops.push_back(comm.isend(workers + server, 1, shard(gradient, server)));
      ops.push_back(comm.irecv(workers + server, 2, shard(parameters, server)));
    }
    return comm.wait_all(ops);
  }
  const Slice mine = shard(parameters, comm.rank() - workers);
  const Buffer pushed = comm.make_buffer(mine.count * static_cast<std::size_t>(workers));
  const auto of_worker = [&](int worker) {
    return pushed.slice().part(mine.count * static_cast<std::size_t>(worker), mine.count);
  };
  for (int worker = 0; worker < workers; ++worker) ops.push_back(comm.irecv(worker, 1, of_worker(worker)));
  comm.wait_all(ops);
  ops.clear();
  for (int worker = 0; worker < workers; ++worker) {
    for (std::size_t i = 0; i < mine.count; ++i) mine.f32()[i] -= rate * of_worker(worker).f32()[i];
  }
  for (int worker = 0; worker < workers; ++worker) ops.push_back(comm.isend(worker, 2, mine));
  comm.wait_all(ops);
}

void answer(lab::Answer& mine) { mine.server_step = server_step; }

// Ring reduce-scatter, all-gather and all-reduce (Patarasuk and Yuan, "Bandwidth optimal all-reduce algorithms for
// clusters of workstations", 2009; popularised for deep learning by Baidu and Horovod).
//
// The vector is cut into n chunks. In n-1 rounds of reduce-scatter every rank sends one chunk to its right neighbour
// and adds the one that comes from the left to its own; each chunk is then summed once around the ring. In n-1 rounds
// of all-gather the finished chunks travel around once more.
//
//   cost: 2 (n-1) (alpha + N/n beta) for N bytes, latency alpha, beta seconds per byte; either half takes half
//   messages per rank: 2 (n-1)      bytes per rank: about 2 (n-1)/n N, exactly in traffic
//
// The bytes are optimal for any n; the latency grows with n, so small vectors on many ranks want another collective.
#include "algorithms/collectives/collective.h"
#include "core/rounds.h"

namespace tandem::collectives {
namespace {

constexpr int kReduceScatter = 1;
constexpr int kAllGather = 2;

// Chunks are counted around the ring: chunk -1 is the last one.
Range chunk(std::size_t count, int size, int index) {
  const int wrapped = ((index % size) + size) % size;
  return even_part(count, static_cast<std::size_t>(size), static_cast<std::size_t>(wrapped));
}

// So many chunks from this one downwards; several have only a size, for rounds that are played as one message.
Slice chunks_down(Slice data, int size, int from, int number) {
  const Range last = chunk(data.count, size, from);
  if (number == 1) return part_of(data, last);
  const Range first = chunk(data.count, size, from - number + 1);
  const std::size_t around = first.begin < last.begin ? 0 : data.count;  // what lies between, the other way
  return {nullptr, around + last.end - first.begin, data.element};
}

// Afterwards this rank has the whole sum of chunk `last`, and its right neighbour that of the next.
void sum_around(Comm& comm, Slice data, int last) {
  const int size = comm.size();
  // Each round passes on the chunk that the round before completed up to here, and adds the next one.
  Rounds rounds(comm, {.tag = kReduceScatter, .rounds = size - 1});
  for (int round = 0, together = 0; round < size - 1; round += together) {
    together = rounds.together(chunks_down(data, size, last - 1 - round, 1));
    rounds.send_recv_add(chunks_down(data, size, last - 1 - round, together),
                         chunks_down(data, size, last - 2 - round, together));
  }
}

// This rank has chunk `own` to give, its right neighbour the next; afterwards all have all.
void pass_around(Comm& comm, Slice data, int own) {
  const int size = comm.size();
  Rounds rounds(comm, {.tag = kAllGather, .rounds = size - 1});
  for (int round = 0, together = 0; round < size - 1; round += together) {
    together = rounds.together(chunks_down(data, size, own - round, 1));
    rounds.send_recv(chunks_down(data, size, own - round, together),
                     chunks_down(data, size, own - 1 - round, together));
  }
}

void reduce_scatter(Comm& comm, Slice data) { sum_around(comm, data, comm.rank()); }

void all_gather(Comm& comm, Slice data) { pass_around(comm, data, comm.rank()); }

void all_reduce(Comm& comm, Slice data) {
  // Chunk r sets out from rank r, so its sum is complete one place to the left of there.
  sum_around(comm, data, comm.rank() + 1);
  pass_around(comm, data, comm.rank() + 1);
}

// A rank sends every chunk but one, and receives every chunk but one.
Traffic all_but(const CallShape& shape, int not_sent, int not_received) {
  const auto rounds = static_cast<std::uint64_t>(shape.size - 1);
  const auto bytes_without = [&](int index) {
    return value_bytes(shape.count - chunk(shape.count, shape.size, index).size());
  };
  return {rounds, bytes_without(not_sent), rounds, bytes_without(not_received)};
}

Traffic reduce_scatter_traffic(const CallShape& shape, int rank) { return all_but(shape, rank, rank - 1); }

Traffic all_gather_traffic(const CallShape& shape, int rank) { return all_but(shape, rank + 1, rank); }

Traffic all_reduce_traffic(const CallShape& shape, int rank) {
  Traffic traffic = all_but(shape, rank + 1, rank);
  traffic += all_but(shape, rank + 2, rank + 1);
  return traffic;
}

double passed_bytes(const CallShape& shape) { return (shape.size - 1.0) / shape.size * bytes_of_call(shape); }

double all_gather_cost_s(const CallShape& shape, const LinkCosts& links) {
  return (shape.size - 1) * links.alpha_s + passed_bytes(shape) * links.beta_s_per_byte;
}

double reduce_scatter_cost_s(const CallShape& shape, const LinkCosts& links) {
  return all_gather_cost_s(shape, links) + passed_bytes(shape) * links.gamma_s_per_byte;
}

double all_reduce_cost_s(const CallShape& shape, const LinkCosts& links) {
  return reduce_scatter_cost_s(shape, links) + all_gather_cost_s(shape, links);
}

}  // namespace

Collective ring() {
  return {.name = "ring",
          .doc = "reduce-scatter, then all-gather, around a ring; optimal bytes",
          .paper = "Patarasuk and Yuan 2009",
          .all_reduce = {all_reduce, all_reduce_traffic, all_reduce_cost_s},
          .reduce_scatter = {reduce_scatter, reduce_scatter_traffic, reduce_scatter_cost_s},
          .all_gather = {all_gather, all_gather_traffic, all_gather_cost_s}};
}

}  // namespace tandem::collectives

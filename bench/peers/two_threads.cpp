// peer_two_threads BYTES: what two threads can do with two vectors in one memory. Each adds up one half, and writes the
// sum to both vectors; they meet by spinning.
#include <cstdlib>
#include <thread>

#include "bench/peers/meeting.h"
#include "bench/peers/samples.h"
#include "core/slice.h"

int main(int argc, char** argv) {
  using namespace tandem;
  if (argc != 2) return std::fprintf(stderr, "usage: peer_two_threads BYTES\n"), 2;
  const std::size_t count = std::strtoull(argv[1], nullptr, 10) / sizeof(float);
  const Buffer vectors[2] = {Buffer(count, Payload::numeric), Buffer(count, Payload::numeric)};
  peers::Meeting meeting(2);
  const auto live = [&](int rank) {
    const Range half = even_part(count, 2, static_cast<std::size_t>(rank));
    float* __restrict first = vectors[0].slice().f32();
    float* __restrict second = vectors[1].slice().f32();
    const auto operation = [&] {
      meeting.meet();
      for (std::size_t i = half.begin; i < half.end; ++i) first[i] = second[i] = first[i] + second[i];
      meeting.meet();
    };
    const auto largest = [&](double own) { return meeting.largest(rank, own); };
    const peers::Measured measured = peers::measure(RUSAGE_THREAD, operation, largest);
    const double cpu_s = meeting.sum(rank, measured.cpu_s);
    if (rank == 0) peers::print(measured, cpu_s);
  };
  std::thread other(live, 1);
  live(0);
  other.join();
}

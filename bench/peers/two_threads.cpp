// peer_two_threads BYTES: what two threads can do with two vectors in one memory. Each adds up one half, and writes the
// sum to both vectors; they meet by spinning.
#include <atomic>
#include <cstdlib>
#include <thread>

#include "bench/peers/samples.h"
#include "core/slice.h"

namespace {

class Meeting {
 public:
  void meet() {
    const int round = round_.load();
    if (arrived_.fetch_add(1) == 1) {
      arrived_.store(0);
      round_.store(round + 1);
    }
    while (round_.load() == round) {
    }
  }

 private:
  std::atomic<int> arrived_{0}, round_{0};
};

}  // namespace

int main(int, char** argv) {
  using namespace tandem;
  const std::size_t count = std::strtoull(argv[1], nullptr, 10) / sizeof(float);
  const Buffer vectors[2] = {Buffer(count, Payload::numeric), Buffer(count, Payload::numeric)};
  Meeting meeting;
  std::atomic<double> slowest{0};
  const auto rank = [&](std::size_t own) {
    const Range half = even_part(count, 2, own);
    float* __restrict first = vectors[0].slice().data;
    float* __restrict second = vectors[1].slice().data;
    const auto operation = [&] {
      meeting.meet();
      for (std::size_t i = half.begin; i < half.end; ++i) first[i] = second[i] = first[i] + second[i];
      meeting.meet();
    };
    const auto largest = [&](double seconds) {
      if (own == 0) slowest.store(0);
      meeting.meet();
      double seen = slowest.load();
      while (seen < seconds && !slowest.compare_exchange_weak(seen, seconds)) {
      }
      meeting.meet();
      const double most = slowest.load();
      meeting.meet();
      return most;
    };
    const std::vector<double> samples = peers::sample(operation, largest);
    if (own == 0) peers::print(samples);
  };
  std::thread other(rank, 1);
  rank(0);
  other.join();
}

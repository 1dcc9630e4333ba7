// Random-k sparsification (Stich et al., "Sparsified SGD with memory", NeurIPS 2018): in every step a message carries k
// values whose places are drawn, the same for all workers. So no places travel, and the messages are summed in flight.
// What is left out is (1 - k/d) |v|^2 in expectation. Values are sent as they are: without error feedback, scaling them
// by d/k would be unbiased, and is left to the learning rate.
//
//   cost: 4 bytes per kept value, summed in flight; k draws per step and worker, on each of them
#include "algorithms/codecs/codec.h"
#include "algorithms/codecs/ratio_option.h"
#include "core/rng.h"

namespace tandem::codecs {
namespace {

class RandomKCoder : public Coder {
 public:
  void encode(Comm& comm, const Turn& turn, Slice values, std::size_t, std::span<const Slice> message) override {
    comm.compute(work(message[0]), [&] {
      float* kept = message[0].f32();
      for (const std::size_t place : draw_distinct(message[0].count, values.count, turn.stream_of_all())) {
        *kept++ = values.f32()[place];
      }
    });
  }

  void add(Comm& comm, const Turn& turn, std::span<const Slice> message, Slice total) override {
    comm.compute(work(message[0]), [&] {
      const float* kept = message[0].f32();
      for (const std::size_t place : draw_distinct(message[0].count, total.count, turn.stream_of_all())) {
        total.f32()[place] += *kept++;
      }
    });
  }

 private:
  static Work work(Slice message) {
    constexpr double kOperations = 20;  // a draw, a look-up, its share of the sorting
    return {.flops = kOperations * static_cast<double>(message.count),
            .memory_bytes = 2.0 * static_cast<double>(message.bytes())};
  }
};

}  // namespace

Codec random_k() {
  return {.name = "random-k",
          .doc = "values at random places, the same for all workers, summed in flight",
          .paper = "Stich et al. 2018",
          .options = {ratio_option(), feedback_option()},
          .summing = Summing::in_flight,
          .form =
              [](const Choice& choice, const CodedVector& vector) {
                return Form{.parts = {choice.get<RatioOption>().kept(vector.range.size())}};
              },
          .make = [](const Comm&, const Choice&, const CodedVector&) { return std::make_unique<RandomKCoder>(); }};
}

}  // namespace tandem::codecs

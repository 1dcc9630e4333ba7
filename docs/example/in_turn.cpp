// A codec that sends every `turns`-th value, beginning one place later in every step: after `turns` steps each value
// has travelled once. All workers send the same places, so the messages are summed in flight, and no places travel.
//
//   cost: 4 bytes per value, divided by `turns`
#include "algorithms/codecs/codec.h"
#include "core/config/options.h"

namespace tandem {
namespace {

struct TurnsOption {
  std::size_t turns = 10;
};

OptionTable turns_option() {
  return option_table<TurnsOption>(
      Mapping<TurnsOption>().key("turns", &TurnsOption::turns, whole(between(1, 1e6)),
                                 "steps until every value has travelled"),
      +[](const TurnsOption& option) { return fmt::format("{} turns", option.turns); });
}

class InTurnCoder : public Coder {
 public:
  explicit InTurnCoder(std::size_t turns) : turns_(turns) {}

  void encode(Comm& comm, const Turn& turn, Slice values, std::size_t, std::span<const Slice> message) override {
    comm.compute(work(message[0]), [&] {
      std::size_t place = turn.step % turns_;
      for (std::size_t i = 0; i < message[0].count; ++i, place += turns_)
        message[0].f32()[i] = place < values.count ? values.f32()[place] : 0;
    });
  }

  void add(Comm& comm, const Turn& turn, std::span<const Slice> message, Slice total) override {
    comm.compute(work(message[0]), [&] {
      const float* kept = message[0].f32();
      for (std::size_t place = turn.step % turns_; place < total.count; place += turns_) total.f32()[place] += *kept++;
    });
  }

 private:
  static Work work(Slice message) { return {.memory_bytes = 2.0 * static_cast<double>(message.bytes())}; }

  std::size_t turns_;
};

Form form(const Choice& choice, const CodedVector& vector) {
  const std::size_t turns = choice.get<TurnsOption>().turns;
  return {.parts = {(vector.range.size() + turns - 1) / turns}};  // the last turns may have one value fewer
}

const bool kIsAdded = [] {
  all_codecs().add({.name = "in-turn",
                    .doc = "every n-th value, others in the next step",
                    .paper = "an exercise",
                    .options = {turns_option(), feedback_option()},
                    .summing = Summing::in_flight,
                    .form = form,
                    .make = [](const Comm&, const Choice& choice, const CodedVector&) {
                      return std::make_unique<InTurnCoder>(choice.get<TurnsOption>().turns);
                    }});
  return true;
}();

}  // namespace
}  // namespace tandem

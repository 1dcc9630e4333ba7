#include "algorithms/exchanges/outer_step.h"

#include "core/config/options.h"

namespace tandem {

OptionTable outer_options() {
  using O = OuterOptions;
  return option_table<O>(
      Mapping<O>()
          .key("outer_rate", &O::rate, number(above(0, 10)), "learning rate of the step that the workers take together")
          .key("outer_momentum", &O::momentum, number(from_to_below(0, 1)), "Nesterov's momentum of that step"),
      +[](const O& options) { return fmt::format("outer {:g}/{:g}", options.rate, options.momentum); });
}

void outer_step(Comm& comm, const OuterOptions& options, Slice mean, Slice common, Slice velocity) {
  const auto rate = static_cast<float>(options.rate), momentum = static_cast<float>(options.momentum);
  comm.compute({.memory_bytes = 5.0 * static_cast<double>(mean.bytes())}, [&] {
    float *next = mean.f32(), *v = velocity.f32();
    for (std::size_t i = 0; i < mean.count; ++i) {
      const float gradient = common.f32()[i] - next[i];
      v[i] = momentum * v[i] + gradient;
      next[i] += (1 - rate) * gradient - rate * momentum * v[i];
    }
  });
}

}  // namespace tandem

#include "algorithms/model/optimizer.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tandem {
namespace {

// All updates are plain element-wise loops: packed and single instructions round alike, so the bits of an element do
// not depend on where a shard begins.

void plain_sgd(Slice parameters, Slice gradients, float rate, float decay) {
  float *const values = parameters.f32(), *const slopes = gradients.f32();
  for (std::size_t i = 0; i < parameters.count; ++i) {
    const float gradient = slopes[i] + decay * values[i];
    values[i] -= rate * gradient;
  }
}

void momentum_sgd(Slice parameters, Slice gradients, float rate, float decay, float momentum, float* velocity) {
  float *const values = parameters.f32(), *const slopes = gradients.f32();
  for (std::size_t i = 0; i < parameters.count; ++i) {
    const float gradient = slopes[i] + decay * values[i];
    velocity[i] = momentum * velocity[i] + gradient;
    values[i] -= rate * velocity[i];
  }
}

struct AdamRates {
  float step, decay, beta1, beta2, epsilon;
  float kept;                       ///< the share of a parameter before the step: 1 where the decay is in the gradient
  float root_of_second_correction;  ///< sqrt(1 - beta2^t)
};

void adam(Slice parameters, Slice gradients, const AdamRates& rates, float* first, float* second) {
  float *const values = parameters.f32(), *const slopes = gradients.f32();
  for (std::size_t i = 0; i < parameters.count; ++i) {
    const float gradient = slopes[i] + rates.decay * values[i];
    first[i] = rates.beta1 * first[i] + (1 - rates.beta1) * gradient;
    second[i] = rates.beta2 * second[i] + (1 - rates.beta2) * gradient * gradient;
    values[i] = rates.kept * values[i] -
                rates.step * first[i] / (std::sqrt(second[i]) / rates.root_of_second_correction + rates.epsilon);
  }
}

bool is_adam(const OptimizerSpec& spec) { return spec.kind != OptimizerKind::sgd; }
bool has_momentum(const OptimizerSpec& spec) { return spec.kind == OptimizerKind::sgd && spec.momentum != 0; }

/// Values read and written for one parameter, itself and its gradient included.
double values_moved(const OptimizerSpec& spec) {
  if (is_adam(spec)) return 7;
  return has_momentum(spec) ? 5 : 3;
}

/// One that moves so many values of each parameter, unless the scenario knows better.
Work work_of_update(const OptimizerSpec& spec, double values, std::size_t parameters) {
  return {.memory_bytes = spec.moved_bytes.value_or(values * kBytesPerValue) * static_cast<double>(parameters),
          .name = "update"};
}

}  // namespace

int moments_of(const OptimizerSpec& spec) {
  if (is_adam(spec)) return 2;
  return has_momentum(spec) ? 1 : 0;
}

double learning_rate(const OptimizerSpec& spec, std::size_t step, std::size_t total_steps) {
  const ScheduleSpec& schedule = spec.schedule;
  if (step < schedule.warmup_steps) {
    return spec.lr * static_cast<double>(step + 1) / static_cast<double>(schedule.warmup_steps);
  }
  const std::size_t since_warmup = step - schedule.warmup_steps;
  if (schedule.kind == ScheduleKind::step) {
    return spec.lr * std::pow(schedule.factor, static_cast<double>(since_warmup / schedule.every));
  }
  if (schedule.kind == ScheduleKind::cosine && total_steps > schedule.warmup_steps) {
    const double progress =
        static_cast<double>(since_warmup) / static_cast<double>(total_steps - schedule.warmup_steps);
    const double part = (1 + std::cos(std::numbers::pi * std::min(progress, 1.0))) / 2;
    return spec.lr * (schedule.floor + (1 - schedule.floor) * part);
  }
  return spec.lr;
}

Optimizer::Optimizer(const Comm& comm, const OptimizerSpec& spec, std::size_t count, std::size_t total_steps)
    : spec_(spec), total_steps_(total_steps) {
  if (is_adam(spec) || has_momentum(spec)) first_ = comm.make_buffer(count);
  if (is_adam(spec)) second_ = comm.make_buffer(count);
}

void Optimizer::update(Comm& comm, Slice parameters, Slice gradients, std::size_t step) {
  const double rate = learning_rate(spec_, step, total_steps_);
  const auto decay = static_cast<float>(spec_.weight_decay);
  ++updates_;
  comm.compute(work_of_update(spec_, values_moved(spec_), parameters.count), [&] {
    if (is_adam(spec_)) {
      const bool is_decoupled = spec_.kind == OptimizerKind::adamw;
      const auto t = static_cast<double>(updates_);
      const AdamRates rates{.step = static_cast<float>(rate / (1 - std::pow(spec_.beta1, t))),
                            .decay = is_decoupled ? 0 : decay,
                            .beta1 = static_cast<float>(spec_.beta1),
                            .beta2 = static_cast<float>(spec_.beta2),
                            .epsilon = static_cast<float>(spec_.epsilon),
                            .kept = is_decoupled ? static_cast<float>(1 - rate * spec_.weight_decay) : 1,
                            .root_of_second_correction = static_cast<float>(std::sqrt(1 - std::pow(spec_.beta2, t)))};
      adam(parameters, gradients, rates, first_.slice().f32(), second_.slice().f32());
    } else if (has_momentum(spec_)) {
      momentum_sgd(parameters, gradients, static_cast<float>(rate), decay, static_cast<float>(spec_.momentum),
                   first_.slice().f32());
    } else {
      plain_sgd(parameters, gradients, static_cast<float>(rate), decay);
    }
  });
}

void Optimizer::to_first_moment(Comm& comm, Slice parameters, Slice gradients, int workers) const {
  const bool is_decoupled = spec_.kind == OptimizerKind::adamw;
  const auto decay = static_cast<float>(is_decoupled ? 0 : spec_.weight_decay / workers);
  const auto kept = static_cast<float>(spec_.beta1 / workers), fresh = static_cast<float>(1 - spec_.beta1);
  constexpr double kValuesMoved = 4;
  comm.compute({.memory_bytes = kValuesMoved * static_cast<double>(gradients.bytes()), .name = "update"}, [&] {
    const float *const values = parameters.f32(), *const first = first_.slice().f32();
    float* const slopes = gradients.f32();
    for (std::size_t i = 0; i < gradients.count; ++i)
      slopes[i] = kept * first[i] + fresh * (slopes[i] + decay * values[i]);
  });
}

void Optimizer::update_by_first_moment(Comm& comm, Slice parameters, Slice moments, std::size_t step,
                                       std::size_t frozen_after) {
  const double rate = learning_rate(spec_, step, total_steps_);
  ++updates_;
  constexpr double kValuesMoved = 5;
  comm.compute(work_of_update(spec_, kValuesMoved, parameters.count), [&] {
    const bool is_decoupled = spec_.kind == OptimizerKind::adamw;
    const auto kept = static_cast<float>(is_decoupled ? 1 - rate * spec_.weight_decay : 1);
    const auto corrected = static_cast<float>(rate / (1 - std::pow(spec_.beta1, static_cast<double>(updates_))));
    const auto root = static_cast<float>(std::sqrt(1 - std::pow(spec_.beta2, static_cast<double>(frozen_after))));
    const auto epsilon = static_cast<float>(spec_.epsilon);
    float *const values = parameters.f32(), *const first = first_.slice().f32();
    const float *const next = moments.f32(), *const second = second_.slice().f32();
    for (std::size_t i = 0; i < parameters.count; ++i) {
      first[i] = next[i];
      values[i] = kept * values[i] - corrected * first[i] / (std::sqrt(second[i]) / root + epsilon);
    }
  });
}

void Optimizer::describe(State& state, std::size_t offset, Copy copy) {
  if (first_.count() > 0) state.add({is_adam(spec_) ? "first moments" : "velocities", offset, first_, copy});
  if (second_.count() > 0) state.add({"second moments", offset, second_, copy});
  state.add_number("updates", offset, updates_);
}

}  // namespace tandem

#include "app/run/calibration.h"

#include <algorithm>

#include "algorithms/collectives/collective.h"
#include "algorithms/model/kernels.h"
#include "app/run/collective_timing.h"

namespace tandem {
namespace {

constexpr int kEmpty = 1;

// A hidden layer of the shipped scenarios' size: forward pass, gradient of the weights, gradient of the input.
double kernel_flops_per_s(Comm& comm, double time_s) {
  constexpr std::size_t kSamples = 64, kWidth = 256;
  constexpr double kFlops = 3.0 * 2 * kSamples * kWidth * kWidth;
  const kernels::DenseShape shape{kSamples, kWidth, kWidth};
  std::vector<float> input(kSamples * kWidth, 0.5F), output(input), parameters(kWidth * (kWidth + 1), 0.01F),
      gradient(parameters);
  const auto pass = [&] {
    kernels::dense_forward(shape, input.data(), parameters.data(), Activation::relu, output.data());
    kernels::dense_parameter_gradient(shape, input.data(), output.data(), false, gradient.data());
    kernels::dense_input_gradient(shape, output.data(), parameters.data(), input.data());
    // Keeps the values in range.
    std::fill(input.begin(), input.end(), 0.5F);
  };
  barrier(comm);
  const double start_s = comm.now();
  double passes = 0;
  do {
    comm.compute({.flops = kFlops}, pass);
    ++passes;
  } while (comm.now() < start_s + time_s);
  return passes * kFlops / (comm.now() - start_s);
}

// Until rank 1 has so many empty messages.
double stream_s(Comm& comm, int messages) {
  barrier(comm);
  const double start_s = comm.now();
  // No send waits for the one before it: that would time the way of a message, not the work on it.
  std::vector<Op> sends;
  sends.reserve(static_cast<std::size_t>(messages));
  for (int i = 0; i < messages && comm.rank() == 0; ++i) sends.push_back(comm.isend(1, kEmpty, {}));
  for (int i = 0; i < messages && comm.rank() == 1; ++i) comm.recv(0, kEmpty, {});
  for (Op& send : sends) comm.wait(send);
  // A send may complete before its message has arrived, so both are timed.
  barrier(comm);
  return comm.now() - start_s;
}

// Between a stream and one twice as long, in which neither barriers nor latency count.
double gap_between_messages_s(Comm& comm) {
  constexpr int kMessages = 1000;
  const double short_s = stream_s(comm, kMessages), long_s = stream_s(comm, 2 * kMessages);
  return std::max(0.0, (long_s - short_s) / kMessages);
}

// A ring of two ranks takes two steps, in each of which both send half of the vector; this times one such step.
MessageTime exchange_time(Comm& comm, std::size_t values, double time_s) {
  Comm pair = comm.group({0, 1}, 1);
  const CollectiveTiming timing = time_operation(pair, {operation_kind("all-reduce"), collective_named("ring")},
                                                 shape_of(pair, 2 * values), {.time_s = time_s, .least = 5});
  return {static_cast<double>(bytes_of(values)), timing.median_s() / 2};
}

}  // namespace

double Calibration::latency_s() const { return std::max(0.0, times.front().time_s - 2 * message_overhead_s()); }

Calibration calibrate(Comm& comm, double time_s) {
  Calibration found{.flops_per_s = kernel_flops_per_s(comm, time_s)};
  if (comm.rank() < 2) {
    Comm pair = comm.group({0, 1}, 2);
    found.gap_s = gap_between_messages_s(pair);
    constexpr std::size_t kLargest = 2 << 20;
    for (std::size_t values = 1; values <= kLargest; values *= values == 1 ? 128 : 4)
      found.times.push_back(exchange_time(comm, values, time_s));
  }
  barrier(comm);
  return found;
}

}  // namespace tandem

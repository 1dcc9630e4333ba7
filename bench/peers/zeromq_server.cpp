// peer_zeromq WORKERS BYTES: a parameter server in as few lines as ZeroMQ allows, as ps-lite uses it: values are sent
// without a copy. Each worker pushes a gradient; the server sums them, takes an SGD step and answers all.
#include <cstring>
#include <string>
#include <vector>
#include <zmq.hpp>

#include "bench/peers/meeting.h"
#include "bench/peers/samples.h"

namespace {

using Values = std::vector<float>;

// The buffer is not written to before the answer is there, so ZeroMQ may send from it.
zmq::message_t borrow(Values& values) {
  return {values.data(), values.size() * sizeof(float), [](void*, void*) {}};
}

// A push without values is a worker's last.
void serve(zmq::context_t& context, const std::string& address, int workers, Values& parameters,
           tandem::peers::Meeting& meeting) {
  zmq::socket_t socket(context, zmq::socket_type::router);
  socket.bind(address);
  meeting.meet();
  std::vector<zmq::message_t> ids(static_cast<std::size_t>(workers)), pushes(ids.size());
  for (;;) {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      (void)socket.recv(ids[i]);
      (void)socket.recv(pushes[i]);
    }
    if (pushes[0].size() == 0) return;
    auto* sum = pushes[0].data<float>();
    for (std::size_t i = 1; i < pushes.size(); ++i) {
      const auto* gradient = pushes[i].data<float>();
      for (std::size_t k = 0; k < parameters.size(); ++k) sum[k] += gradient[k];
    }
    for (std::size_t k = 0; k < parameters.size(); ++k) parameters[k] -= 0.01F * sum[k];
    for (zmq::message_t& id : ids) {
      socket.send(id, zmq::send_flags::sndmore);
      socket.send(borrow(parameters), zmq::send_flags::none);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  using namespace tandem;
  if (argc != 3) return std::fprintf(stderr, "usage: peer_zeromq WORKERS BYTES\n"), 2;
  const int workers = std::atoi(argv[1]);
  const std::size_t count = std::strtoull(argv[2], nullptr, 10) / sizeof(float);
  const std::string address = "tcp://127.0.0.1:" + std::to_string(20'000 + getpid() % 10'000);

  peers::run_forked(workers + 1, [&](int rank, peers::Meeting& meeting) {
    zmq::context_t context;
    Values parameters(count), gradient(count);
    if (rank == workers) {
      serve(context, address, workers, parameters, meeting);
      meeting.sum(rank, peers::cpu_seconds(RUSAGE_SELF));
      return;
    }
    meeting.meet();
    zmq::socket_t socket(context, zmq::socket_type::dealer);
    socket.connect(address);
    const auto push_and_pull = [&] {
      socket.send(borrow(gradient), zmq::send_flags::none);
      zmq::message_t answer;
      (void)socket.recv(answer);
      std::memcpy(parameters.data(), answer.data(), answer.size());
    };
    const peers::Others others;
    constexpr int kWarmUp = 5, kSteps = 40;
    for (int i = 0; i < kWarmUp; ++i) push_and_pull();
    std::vector<double> times_s;
    for (int i = 0; i < kSteps; ++i) {
      const auto start = peers::Clock::now();
      push_and_pull();
      times_s.push_back(peers::seconds_since(start));
    }
    socket.send(zmq::message_t(), zmq::send_flags::none);
    const double cpu_s = meeting.sum(rank, peers::cpu_seconds(RUSAGE_SELF)) / (kWarmUp + kSteps);
    if (rank == 0) peers::print(times_s, cpu_s, others.share(cpu_s * (kWarmUp + kSteps)));
  });
}

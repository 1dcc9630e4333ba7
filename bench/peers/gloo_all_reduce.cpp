// peer_gloo RANKS BYTES ALGORITHM: gloo's all-reduce over TCP on the loopback interface, one process a rank.
#include <gloo/allreduce.h>
#include <gloo/allreduce_halving_doubling.h>
#include <gloo/math.h>
#include <gloo/rendezvous/context.h>
#include <gloo/rendezvous/file_store.h>
#include <gloo/transport/tcp/device.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "bench/peers/meeting.h"
#include "bench/peers/samples.h"

namespace {

using Context = std::shared_ptr<gloo::rendezvous::Context>;

Context connect(int rank, int ranks, const std::string& directory) {
  gloo::transport::tcp::attr address("127.0.0.1");
  auto device = gloo::transport::tcp::CreateDevice(address);
  gloo::rendezvous::FileStore store(directory);
  auto context = std::make_shared<gloo::rendezvous::Context>(rank, ranks);
  context->connectFullMesh(store, device);
  return context;
}

std::function<void()> all_reduce(const Context& context, const std::string& algorithm, std::vector<float>& data) {
  if (algorithm == "halving-doubling") {
    auto halving = std::make_shared<gloo::AllreduceHalvingDoubling<float>>(context, std::vector<float*>{data.data()},
                                                                           static_cast<int>(data.size()));
    return [halving] { halving->run(); };
  }
  using Options = gloo::AllreduceOptions;
  auto options = std::make_shared<Options>(context);
  options->setAlgorithm(algorithm == "ring" ? Options::Algorithm::RING : Options::Algorithm::BCUBE);
  options->setOutput(data.data(), data.size());
  options->setReduceFunction(static_cast<void (*)(void*, const void*, const void*, std::size_t)>(&gloo::sum<float>));
  return [options] { gloo::allreduce(*options); };
}

}  // namespace

int main(int argc, char** argv) {
  using namespace tandem;
  if (argc != 4) return std::fprintf(stderr, "usage: peer_gloo RANKS BYTES ring|bcube|halving-doubling\n"), 2;
  const int ranks = std::atoi(argv[1]);
  const std::size_t count = std::strtoull(argv[2], nullptr, 10) / sizeof(float);
  const std::string algorithm = argv[3];
  const std::filesystem::path directory =
      std::filesystem::temp_directory_path() / ("peer_gloo." + std::to_string(getpid()));
  std::filesystem::create_directories(directory);

  peers::run_forked(ranks, [&](int rank, peers::Meeting& meeting) {
    const Context context = connect(rank, ranks, directory);
    meeting.meet();
    if (rank == 0) std::filesystem::remove_all(directory);
    std::vector<float> data(count);
    const auto largest = [&](double own) { return meeting.largest(rank, own); };
    const peers::Measured measured = peers::measure(RUSAGE_SELF, all_reduce(context, algorithm, data), largest);
    const double cpu_s = meeting.sum(rank, measured.cpu_s);
    if (rank == 0) peers::print(measured, cpu_s);
  });
}

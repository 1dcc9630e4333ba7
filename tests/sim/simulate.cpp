#include "tests/sim/simulate.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "core/errors.h"
#include "sim/world.h"

namespace tandem {
namespace {

void write_text(std::FILE* file, const std::string& text) {
  const std::size_t size = text.size();
  std::fwrite(&size, sizeof size, 1, file);
  std::fwrite(text.data(), 1, size, file);
}

std::string read_text(std::FILE* file) {
  std::size_t size = 0;
  if (std::fread(&size, sizeof size, 1, file) != 1) return {};
  std::string text(size, ' ');
  if (std::fread(text.data(), 1, size, file) != size) return {};
  return text;
}

Simulated run_here(const WorldOptions& options, std::size_t count,
                   const std::function<void(Endpoint&, std::vector<double>&)>& body) {
  Simulated result;
  result.values.resize(count);
  try {
    const WorldReport report = kSimWorld.run(options, [&](Endpoint& endpoint) { body(endpoint, result.values); });
    result.digest = report.event_digest;
  } catch (const RunFailed& failure) {
    result.failure = failure.what();
  }
  return result;
}

}  // namespace

Simulated simulate(const WorldOptions& options, std::size_t count,
                   const std::function<void(Endpoint&, std::vector<double>&)>& body) {
  std::FILE* file = std::tmpfile();
  const pid_t child = fork();
  if (child == 0) {
    const Simulated result = run_here(options, count, body);
    write_text(file, result.digest);
    write_text(file, result.failure);
    if (count > 0) std::fwrite(result.values.data(), sizeof(double), count, file);
    std::fflush(file);
    _exit(::testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "the simulation ended with status " << status;
  std::rewind(file);
  Simulated result{read_text(file), read_text(file), std::vector<double>(count)};
  if (count > 0) {
    EXPECT_EQ(std::fread(result.values.data(), sizeof(double), count, file), count);
  }
  std::fclose(file);
  return result;
}

WorldOptions small_cluster(int ranks) {
  WorldOptions options;
  options.ranks = ranks;
  options.payload = Payload::phantom;
  options.cluster.workers = ranks;
  options.cluster.speed_flops_per_s = 1e9;
  options.cluster.network.bandwidth_bytes_per_s = kBandwidth_bytes_per_s;
  options.cluster.network.latency_s = kLatency_s;
  return options;
}

void send(Endpoint& endpoint, int to, int tag, Slice data) {
  const Op op = endpoint.isend(to, tag, {}, data);
  EXPECT_EQ(endpoint.wait_any({&op, 1}, kNoDeadline).outcome, Outcome::complete);
}

Completion receive(Endpoint& endpoint, int from, int tag, Slice data) {
  const Op op = endpoint.irecv(from, tag, nullptr, data);
  return endpoint.wait_any({&op, 1}, kNoDeadline);
}

}  // namespace tandem

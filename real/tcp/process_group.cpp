#include "real/tcp/process_group.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdint>
#include <future>
#include <optional>
#include <stop_token>
#include <utility>

#include "core/errors.h"

namespace tandem::tcp {
namespace {

// The rendezvous knows which ranks are missing, so its time-out must come before that of those who wait for it.
constexpr double kMarginOverRendezvous_s = 5;
constexpr double kNoTimeout_s = 1e9;
constexpr std::size_t kLongestText = 8000;

void send_text(int socket, const std::string& text) {
  const Deadline deadline = deadline_in(kNoTimeout_s);
  const auto size = static_cast<std::uint32_t>(std::min(text.size(), kLongestText));
  send_all(socket, &size, sizeof size, deadline);
  send_all(socket, text.data(), size, deadline);
}

std::string receive_text(int socket) {
  const Deadline deadline = deadline_in(kNoTimeout_s);
  std::uint32_t size = 0;
  receive_all(socket, &size, sizeof size, deadline);
  if (size > kLongestText) throw ConnectionError("it sent what cannot be read");
  std::string text(size, '\0');
  receive_all(socket, text.data(), size, deadline);
  return text;
}

Mesh join_all(int process, const RendezvousOptions& options, const std::string& address, const Token& token,
              const Watch& watch) {
  std::stop_source failed;
  const auto join_here = [&] {
    return join(process, options.size, address, options.port, token, options.timeout_s + kMarginOverRendezvous_s,
                failed.get_token());
  };
  if (process != 0) return join_here();
  std::optional<Rendezvous> rendezvous(std::in_place, options, token);
  auto served = std::async(std::launch::async, [&] {
    try {
      while (!rendezvous->serve(watch.descriptors)) watch.on_ready();
    } catch (const RunFailed&) {
      failed.request_stop();  // this process must stop waiting, too
      rendezvous.reset();
      throw;
    }
  });
  std::optional<Mesh> mesh;
  std::string join_error;
  try {
    mesh = join_here();
  } catch (const ConnectionError& error) {
    join_error = error.what();
  }
  served.get();
  if (!mesh) throw ConnectionError(join_error);
  return std::move(*mesh);
}

}  // namespace

ProcessGroup::ProcessGroup(int process, const RendezvousOptions& options, const std::string& address,
                           const Token& token, const Watch& watch)
    : mesh_(join_all(process, options, address, token, watch)) {
  // Also ends a send to a host that has vanished. A peer that is there always has room for these few bytes.
  constexpr int kSilence_ms = 20'000;
  for (const FileDescriptor& socket : mesh_.sockets) {
    if (socket) setsockopt(socket.get(), IPPROTO_TCP, TCP_USER_TIMEOUT, &kSilence_ms, sizeof kSilence_ms);
  }
}

std::string ProcessGroup::first_error(const std::string& mine) {
  try {
    if (mesh_.rank != 0) {
      send_text(mesh_.sockets[0].get(), mine);
      return receive_text(mesh_.sockets[0].get());
    }
  } catch (const ConnectionError& error) {
    throw RunFailed(fmt::format("process 0 of {} has gone: {}", mesh_.size, error.what()));
  }
  std::string first = mine, gone;
  for (int process = 1; process < mesh_.size; ++process) {
    try {
      const std::string its = receive_text(mesh_.sockets[static_cast<std::size_t>(process)].get());
      if (first.empty()) first = its;
    } catch (const ConnectionError& error) {
      if (gone.empty()) gone = fmt::format("process {} of {} has gone: {}", process, mesh_.size, error.what());
    }
  }
  for (int process = 1; process < mesh_.size; ++process) {
    try {
      send_text(mesh_.sockets[static_cast<std::size_t>(process)].get(), gone.empty() ? first : gone);
    } catch (const ConnectionError& error) {
      if (gone.empty()) gone = fmt::format("process {} of {} has gone: {}", process, mesh_.size, error.what());
    }
  }
  if (!gone.empty()) throw RunFailed(gone);
  return first;
}

}  // namespace tandem::tcp

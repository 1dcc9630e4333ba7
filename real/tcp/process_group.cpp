#include "real/tcp/process_group.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
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
// A process whose ranks failed needs some seconds to end them. Its time-out must come before that of process 0.
constexpr double kMarginOverRuns_s = 8;
constexpr double kNoTimeout_s = 1e9;
constexpr std::size_t kLongestText = 8000;

void send_text(int socket, const std::string& text) {
  const Deadline deadline = deadline_in(kNoTimeout_s);
  const auto size = static_cast<std::uint32_t>(std::min(text.size(), kLongestText));
  send_all(socket, &size, sizeof size, deadline);
  send_all(socket, text.data(), size, deadline);
}

std::string receive_text(int socket, Deadline deadline) {
  std::uint32_t size = 0;
  receive_all(socket, &size, sizeof size, deadline);
  if (size > kLongestText) throw ConnectionError("it sent what cannot be read");
  std::string text(size, '\0');
  receive_all(socket, text.data(), size, deadline);
  return text;
}

std::string gone_text(int process, int size, const ConnectionError& error) {
  return fmt::format("process {} of {} has gone: {}", process, size, error.what());
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
    : mesh_(join_all(process, options, address, token, watch)), timeout_s_(options.timeout_s), watch_(watch) {
  // Also ends a send to a host that has vanished. A peer that is there always has room for these few bytes.
  constexpr int kSilence_ms = 20'000;
  for (const FileDescriptor& socket : mesh_.sockets) {
    if (socket) setsockopt(socket.get(), IPPROTO_TCP, TCP_USER_TIMEOUT, &kSilence_ms, sizeof kSilence_ms);
  }
}

std::string ProcessGroup::first_error(const std::string& mine) {
  if (mesh_.rank == 0) return answer_all(mine);
  try {
    send_text(mesh_.sockets[0].get(), mine);
    return receive_text(mesh_.sockets[0].get(), deadline_in(kNoTimeout_s));
  } catch (const ConnectionError& error) {
    throw RunFailed(fmt::format("process 0 of {} has gone: {}", mesh_.size, error.what()));
  }
}

std::string ProcessGroup::answer_all(const std::string& mine) {
  std::string missing;
  std::vector<std::string> texts = receive_from_all(missing);
  texts[0] = mine;
  const auto found = std::find_if(texts.begin(), texts.end(), [](const std::string& text) { return !text.empty(); });
  std::string first = found == texts.end() ? std::string() : *found;
  if (!missing.empty() && !first.empty()) first = missing + "; " + first;
  if (!missing.empty() && found == texts.end()) first = missing;
  for (int process = 1; process < mesh_.size; ++process) {
    try {
      send_text(mesh_.sockets[static_cast<std::size_t>(process)].get(), first);
    } catch (const ConnectionError& error) {
      if (missing.empty()) missing = first = gone_text(process, mesh_.size, error);
    }
  }
  if (!missing.empty()) throw RunFailed(first);
  return first;
}

std::vector<std::string> ProcessGroup::receive_from_all(std::string& missing) {
  const Deadline deadline = deadline_in(timeout_s_ + kMarginOverRuns_s);
  std::vector<std::string> texts(static_cast<std::size_t>(mesh_.size));
  std::vector<int> awaited;
  for (int process = 1; process < mesh_.size; ++process) awaited.push_back(process);
  while (!awaited.empty()) {
    std::vector<pollfd> entries;
    for (const int process : awaited)
      entries.push_back({mesh_.sockets[static_cast<std::size_t>(process)].get(), POLLIN, 0});
    for (const int descriptor : watch_.descriptors) entries.push_back({descriptor, POLLIN, 0});
    poll(entries.data(), entries.size(), milliseconds_until(deadline));
    const auto first_watched = entries.begin() + static_cast<std::ptrdiff_t>(awaited.size());
    const auto is_ready = [](const pollfd& entry) { return entry.revents != 0; };
    if (std::any_of(first_watched, entries.end(), is_ready)) watch_.on_ready();
    std::erase_if(awaited, [&](int process) {
      const int socket = mesh_.sockets[static_cast<std::size_t>(process)].get();
      const auto entry = std::find_if(entries.begin(), first_watched, [&](const pollfd& e) { return e.fd == socket; });
      if (!is_ready(*entry)) return false;
      try {
        texts[static_cast<std::size_t>(process)] = receive_text(socket, deadline);
      } catch (const ConnectionError& error) {
        if (missing.empty()) missing = gone_text(process, mesh_.size, error);
      }
      return true;
    });
    if (awaited.empty() || Clock::now() < deadline) continue;
    if (missing.empty()) {
      missing = fmt::format("process{} {} of {} did not answer within {:g} s", awaited.size() == 1 ? "" : "es",
                            fmt::join(awaited, ", "), mesh_.size, timeout_s_ + kMarginOverRuns_s);
    }
    break;
  }
  return texts;
}

}  // namespace tandem::tcp

#include "real/tcp/company.h"

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

constexpr double kLateForRendezvous_s = 5;  // it knows best who is missing: it shall speak first
constexpr double kAsLongAsItTakes_s = 1e9;
constexpr std::size_t kLongestText = 8000;

void send_text(int socket, const std::string& text) {
  const Deadline deadline = deadline_in(kAsLongAsItTakes_s);
  const auto size = static_cast<std::uint32_t>(std::min(text.size(), kLongestText));
  send_all(socket, &size, sizeof size, deadline);
  send_all(socket, text.data(), size, deadline);
}

std::string receive_text(int socket) {
  const Deadline deadline = deadline_in(kAsLongAsItTakes_s);
  std::uint32_t size = 0;
  receive_all(socket, &size, sizeof size, deadline);
  if (size > kLongestText) throw ConnectionError("it sent what cannot be read");
  std::string text(size, '\0');
  receive_all(socket, text.data(), size, deadline);
  return text;
}

Mesh meet(int process, const RendezvousOptions& meeting, const std::string& address, const Token& token,
          const Watch& watch) {
  std::stop_source over;
  const auto come = [&] {
    return join(process, meeting.size, address, meeting.port, token, meeting.timeout_s + kLateForRendezvous_s,
                over.get_token());
  };
  if (process != 0) return come();
  std::optional<Rendezvous> rendezvous(std::in_place, meeting, token);
  auto served = std::async(std::launch::async, [&] {
    try {
      while (!rendezvous->serve(watch.descriptors)) watch.look();
    } catch (const RunFailed&) {
      over.request_stop();  // so that this process itself stops waiting, too
      rendezvous.reset();
      throw;
    }
  });
  std::optional<Mesh> mesh;
  std::string trouble;
  try {
    mesh = come();
  } catch (const ConnectionError& error) {
    trouble = error.what();
  }
  served.get();
  if (!mesh) throw ConnectionError(trouble);
  return std::move(*mesh);
}

}  // namespace

Company::Company(int process, const RendezvousOptions& meeting, const std::string& address, const Token& token,
                 const Watch& watch)
    : mesh_(meet(process, meeting, address, token, watch)) {
  // Of the words to a host that has vanished, too; its few bytes always find room where somebody is.
  constexpr int kSilence_ms = 20'000;
  for (const FileDescriptor& socket : mesh_.sockets) {
    if (socket) setsockopt(socket.get(), IPPROTO_TCP, TCP_USER_TIMEOUT, &kSilence_ms, sizeof kSilence_ms);
  }
}

std::string Company::first_trouble(const std::string& mine) {
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

#include "real/tcp/rendezvous.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/errors.h"
#include "real/first_few.h"

namespace tandem::tcp {

std::string name_ranks(const std::vector<int>& ranks) {
  return fmt::format("{} {}", ranks.size() == 1 ? "rank" : "ranks", real::first_few(ranks));
}

Rendezvous::Rendezvous(RendezvousOptions options, const Token& token)
    : options_(std::move(options)),
      token_(token),
      members_(static_cast<std::size_t>(options_.size)),
      admission_(listen_on(options_.listen, options_.port), token, kRendezvous, options_.size,
                 [this](const Claim& claim) { return refusal(claim); }),
      opened_(Clock::now()),
      deadline_(deadline_in(options_.timeout_s)),
      next_notice_(deadline_in(options_.first_notice_s)) {}

std::string Rendezvous::refusal(const Claim& claim) const {
  if (!members_[static_cast<std::size_t>(claim.rank)].socket) return "";
  return fmt::format("rank {} has joined already", claim.rank);
}

bool Rendezvous::serve(std::span<const int> watched) {
  for (;;) {
    const bool interrupted = wait_for_events(watched);
    admit_members();
    read_members();
    const auto has_come = [](const Member& member) { return static_cast<bool>(member.socket); };
    if (!table_sent_ && std::all_of(members_.begin(), members_.end(), has_come)) send_table();
    if (std::all_of(members_.begin(), members_.end(), [](const Member& member) { return member.connected; })) {
      for (Member& member : members_) send_all(member.socket.get(), "", 1, deadline_);
      close();
      return true;
    }
    if (interrupted) return false;
    if (Clock::now() >= deadline_) {
      throw RunFailed(fmt::format("{} did not {} within {:g} s", names_of_missing(),
                                  table_sent_ ? "connect to all other ranks" : "join", options_.timeout_s));
    }
    report_missing();
  }
}

bool Rendezvous::wait_for_events(std::span<const int> watched) {
  entries_.clear();
  for (const int descriptor : watched) entries_.push_back({descriptor, POLLIN, 0});
  for (const Member& member : members_) {
    if (member.socket && !member.connected) entries_.push_back({member.socket.get(), POLLIN, 0});
  }
  admission_.append_to(entries_);
  const Deadline wake = std::min({deadline_, next_notice_, deadline_in(Admission::kGrace_s)});
  if (poll(entries_.data(), entries_.size(), milliseconds_until(wake)) <= 0) return false;
  return std::any_of(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(watched.size()),
                     [](const pollfd& entry) { return entry.revents != 0; });
}

void Rendezvous::admit_members() {
  while (auto admitted = admission_.admit()) {
    Member& member = members_[static_cast<std::size_t>(admitted->claim.rank)];
    member.address = peer_address(admitted->socket.get());
    member.port = static_cast<std::uint16_t>(admitted->claim.port);
    member.nonce = admitted->claim.nonce;
    member.socket = std::move(admitted->socket);
  }
}

// The only thing a member sends is that it is connected to all its peers. One that left before the table was sent may
// join again.
void Rendezvous::read_members() {
  for (std::size_t rank = 0; rank < members_.size(); ++rank) {
    Member& member = members_[rank];
    if (!member.socket || member.connected) continue;
    char connected = 0;
    const ssize_t got = recv(member.socket.get(), &connected, 1, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    member.connected = got == 1 && table_sent_;
    if (member.connected) continue;
    member = Member();
    if (table_sent_) throw RunFailed(fmt::format("rank {} left while the ranks were connecting", rank));
  }
}

void Rendezvous::send_table() {
  std::vector<TableRow> table(members_.size());
  for (std::size_t rank = 0; rank < members_.size(); ++rank) {
    members_[rank].address.copy(table[rank].address.data(), table[rank].address.size() - 1);
    table[rank].port = members_[rank].port;
  }
  const std::size_t bytes = table.size() * sizeof(TableRow);
  for (Member& member : members_) {
    const Digest proof = prove(token_, "table", member.nonce, table.data(), bytes);
    send_all(member.socket.get(), table.data(), bytes, deadline_);
    send_all(member.socket.get(), proof.data(), proof.size(), deadline_);
  }
  table_sent_ = true;
}

std::string Rendezvous::names_of_missing() const {
  std::vector<int> missing;
  for (std::size_t rank = 0; rank < members_.size(); ++rank) {
    const Member& member = members_[rank];
    if (table_sent_ ? !member.connected : !member.socket) missing.push_back(static_cast<int>(rank));
  }
  return name_ranks(missing);
}

void Rendezvous::report_missing() {
  if (Clock::now() < next_notice_) return;
  next_notice_ = deadline_in(options_.notice_interval_s);
  if (!options_.report) return;
  const double waited_s = std::chrono::duration<double>(Clock::now() - opened_).count();
  options_.report(fmt::format("waiting for {} to {} ({:.0f} s of at most {:g} s)", names_of_missing(),
                              table_sent_ ? "connect" : "join", waited_s, options_.timeout_s));
}

}  // namespace tandem::tcp

#include "app/run/checkpoint_meeting.h"

#include <array>
#include <cstring>

#include "core/errors.h"

namespace tandem {
namespace {

constexpr int kGroup = 255;
constexpr int kStacks = 2;  // each message has a tag for either stack of a rank
constexpr int kRelease = 2 * kStacks;
constexpr int kWorkers = 3 * kStacks;
constexpr std::size_t kDigestCharacters = 64;

int tag_of(CheckpointMeeting::Report which) { return which == CheckpointMeeting::Report::before ? 0 : kStacks; }

Slice slice_of(std::array<char, kDigestCharacters>& digest) {
  return {reinterpret_cast<std::byte*>(digest.data()), digest.size(), Element::byte};
}

}  // namespace

Comm CheckpointMeeting::everyone(const Comm& comm) const {
  std::vector<int> members;
  for (const Holder& holder : holders_) {
    if (holder.stack == 0) members.push_back(holder.rank);
  }
  return comm.group(members, kGroup);
}

void CheckpointMeeting::with_each(const std::function<void(const Holder&)>& work) const {
  for (const Holder& holder : holders_) {
    try {
      if (holder != self_) work(holder);
    } catch (const PeerFailed&) {
      if (!outlives_deaths_) throw;
    }
  }
}

std::vector<PartReport> CheckpointMeeting::collect(Comm& comm, Report which, const PartReport& own) const {
  Comm all = everyone(comm);
  std::vector<PartReport> reports = {own};
  with_each([&](const Holder& holder) {
    std::array<char, kDigestCharacters> digest{};
    const Meta meta = all.recv(holder.rank, tag_of(which) + holder.stack, slice_of(digest));
    reports.push_back({.part = {.file = part_name(holder.rank, holder.stack),
                                .bytes = static_cast<std::uint64_t>(meta.words[0]),
                                .sha256 = {digest.data(), digest.size()}},
                       .state_bytes = static_cast<std::uint64_t>(meta.words[1])});
  });
  return reports;
}

void CheckpointMeeting::report(Comm& comm, Report which, const PartReport& own) const {
  std::array<char, kDigestCharacters> digest{};
  own.part.sha256.copy(digest.data(), digest.size());
  const Meta sizes{{static_cast<std::int64_t>(own.part.bytes), static_cast<std::int64_t>(own.state_bytes)}};
  everyone(comm).send(0, tag_of(which) + self_.stack, slice_of(digest), sizes);
}

void CheckpointMeeting::release(Comm& comm, std::size_t next_step) const {
  Comm all = everyone(comm);
  with_each([&](const Holder& holder) {
    all.send(holder.rank, kRelease + holder.stack, {}, Meta{{static_cast<std::int64_t>(next_step)}});
  });
}

std::size_t CheckpointMeeting::await_release(Comm& comm) const {
  return static_cast<std::size_t>(everyone(comm).recv(0, kRelease + self_.stack, {}).words[0]);
}

void CheckpointMeeting::tell_workers(Comm& comm, int workers) const {
  Comm all = everyone(comm);
  with_each([&](const Holder& holder) { all.send(holder.rank, kWorkers + holder.stack, {}, Meta{{workers}}); });
}

int CheckpointMeeting::hear_workers(Comm& comm) const {
  return static_cast<int>(everyone(comm).recv(0, kWorkers + self_.stack, {}).words[0]);
}

}  // namespace tandem

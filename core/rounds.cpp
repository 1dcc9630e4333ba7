#include "core/rounds.h"

#include <iterator>
#include <utility>

namespace tandem {
namespace {

constexpr int kNobody = -1;

}  // namespace

Rounds::Rounds(Comm& comm, const RoundPattern& pattern)
    : comm_(comm),
      pattern_(pattern),
      to_(partner(pattern.stride)),
      from_(partner(-pattern.stride)),
      player_(comm.endpoint_->rounds_player()),
      at_{.pattern = pattern,
          .place = comm.rank(),
          .size = comm.size(),
          .first = comm.endpoint_rank(0),
          .members = comm.members_} {
  at_.pattern.tag = comm.wire_tag(pattern.tag);
  if (pattern.at_once) under_way_.reserve(2 * static_cast<std::size_t>(pattern.rounds));
}

// When an exception frees the buffers, no peer may write to them any more.
Rounds::~Rounds() {
  for (Op& op : under_way_) comm_.cancel(op);
}

int Rounds::partner(int distance) const {
  const int size = comm_.size(), rank = comm_.rank() + distance;
  if (pattern_.is_ring) return (rank % size + size) % size;
  return 0 <= rank && rank < size ? rank : kNobody;
}

void Rounds::play(Slice outgoing, Slice incoming, Reception reception) {
  gather({outgoing, incoming, reception});
  if (gathered_ < together_) return;
  Op ops[2];
  post(ops, reception);
  if (pattern_.at_once) {
    under_way_.insert(under_way_.end(), std::begin(ops), std::end(ops));
  } else {
    comm_.wait_all(ops);
  }
  at_.round += together_;
  gathered_ = 0;
}

void Rounds::post(Op (&ops)[2], Reception reception) {
  const bool are_several = together_ > 1;
  const auto messages = static_cast<std::uint32_t>(together_);
  Endpoint& endpoint = *comm_.endpoint_;
  if (from_ != kNobody) {
    const int from = comm_.endpoint_rank(from_);
    const Op op = are_several ? player_->irecv_rounds(from, incoming_, at_)
                              : endpoint.irecv(from, at_.pattern.tag, nullptr, incoming_, reception);
    ops[0] = comm_.received(op, from_, pattern_.tag, incoming_);
    ops[0].adds = reception == Reception::add;
    ops[0].messages = messages;
  }
  if (to_ != kNobody) {
    const int to = comm_.endpoint_rank(to_);
    const Op op = are_several ? player_->isend_rounds(to, outgoing_, at_, together_)
                              : endpoint.isend(to, at_.pattern.tag, {}, outgoing_);
    ops[1] = comm_.sent(op, to_, pattern_.tag, outgoing_, messages);
  }
}

int Rounds::together(Slice outgoing) {
  if (player_ == nullptr || !outgoing.is_phantom() || to_ == kNobody) return 1;
  ask(outgoing, {});
  was_asked_ = true;
  return together_;
}

void Rounds::ask(Slice outgoing, Slice incoming) {
  at_.bytes = to_ != kNobody ? outgoing.bytes() : incoming.bytes();
  together_ = player_->rounds_together(at_);
}

// Adds a round to the next message.
void Rounds::gather(const RoundParts& parts) {
  ++round_;
  if (gathered_++ == 0) {
    if (pattern_.shift != 0)
      to_ = partner(pattern_.distance(at_.round)), from_ = partner(-pattern_.distance(at_.round));
    outgoing_ = parts.outgoing, incoming_ = parts.incoming;
    if (player_ == nullptr) return;
    if (std::exchange(was_asked_, false)) {
      gathered_ = together_;
      round_ = at_.round + together_;
      return;
    }
    ask(outgoing_, incoming_);
  } else {
    outgoing_.count += parts.outgoing.count;
    incoming_.count += parts.incoming.count;
  }
  if (together_ == 1) return;
  player_->add_round(at_, parts);
  outgoing_.address = incoming_.address = nullptr;
}

}  // namespace tandem

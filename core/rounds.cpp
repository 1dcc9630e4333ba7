#include "core/rounds.h"

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
      at_{.pattern = pattern, .place = comm.rank(), .size = comm.size(), .first = comm.endpoint_rank(0)} {
  at_.pattern.tag = comm.wire_tag(pattern.tag);
}

int Rounds::partner(int distance) const {
  const int size = comm_.size(), rank = comm_.rank() + distance;
  if (pattern_.is_ring) return (rank % size + size) % size;
  return 0 <= rank && rank < size ? rank : kNobody;
}

void Rounds::play(Slice outgoing, Slice incoming, Reception reception) {
  gather(outgoing, incoming);
  if (gathered_ < together_) return;
  Op ops[2];
  if (from_ != kNobody) {
    ops[0] = reception == Reception::add ? comm_.irecv_add(from_, pattern_.tag, incoming_)
                                         : comm_.irecv(from_, pattern_.tag, incoming_);
    ops[0].messages = static_cast<std::uint32_t>(together_);
  }
  if (to_ != kNobody) {
    Op send = player_ != nullptr ? player_->isend_rounds(comm_.endpoint_rank(to_), outgoing_, at_, together_)
                                 : comm_.endpoint_->isend(comm_.endpoint_rank(to_), at_.pattern.tag, {}, outgoing_);
    ops[1] = comm_.sent(send, to_, pattern_.tag, outgoing_, static_cast<std::uint32_t>(together_));
  }
  comm_.wait_all(ops);
  at_.round += together_;
  gathered_ = 0;
}

// Adds a round to the next message.
void Rounds::gather(Slice outgoing, Slice incoming) {
  if (gathered_++ > 0) {
    outgoing_.count += outgoing.count;
    incoming_.count += incoming.count;
    return;
  }
  outgoing_ = outgoing, incoming_ = incoming;
  if (player_ == nullptr) return;
  at_.bytes = to_ != kNobody ? outgoing.bytes() : incoming.bytes();
  together_ = player_->rounds_together(at_);
}

}  // namespace tandem

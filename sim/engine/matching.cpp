#include "sim/engine/matching.h"

#include <algorithm>
#include <iterator>
#include <simgrid/s4u/Engine.hpp>
#include <utility>

#include "sim/engine/activities.h"

namespace tandem::sim {
namespace {

// From now on the sender's buffer is not needed.
void keep_copy(Message& message) {
  if (message.place != nullptr) std::exchange(message.place, nullptr)->leave();
  if (message.data.is_phantom() || message.data.count == 0 || !message.copy.empty()) return;
  message.copy.assign(message.data.address, message.data.address + message.data.bytes());
  message.data.address = message.copy.data();
}

}  // namespace

Matching::Matching(int ranks, bool rendezvous_sends, double send_buffer_bytes, Activities& activities)
    : rendezvous_sends_(rendezvous_sends),
      send_buffer_bytes_(send_buffer_bytes),
      activities_(activities),
      ranks_(static_cast<std::size_t>(ranks)) {}

Channel& Matching::channel(int from, int to, int tag) {
  const std::uint64_t key = std::uint64_t{static_cast<std::uint32_t>(to)} << 32 | static_cast<std::uint32_t>(tag);
  auto& channels = ranks_[static_cast<std::size_t>(from)].channels;
  if (const auto known = channels.find(key); known != channels.end()) return known->second;
  Route& route = activities_.route(from, to);  // throws where there is none
  Channel& channel = channels[key];
  channel.from = from, channel.to = to, channel.tag = tag;
  channel.route = &route;
  return channel;
}

void Matching::post_send(PostedOp& op, const Meta& meta) {
  if (queue(op, meta) != nullptr) start_allowed(*op.channel);
}

void Matching::post_rounds(PostedOp& op, const RoundsAt& at, int rounds, RoundPlace* place) {
  Message* message = queue(op, {});
  if (message == nullptr) return;
  message->rounds = rounds;
  message->are_at_once = at.pattern.at_once;
  message->is_for_several = at.pattern.shift != 0;
  message->place = place;
  if (message->are_at_once) {
    arrival_gates_.expect(at, rounds, *message);
    start_allowed(*message->channel);
  } else {
    begin_when_posted(*message, at);
  }
}

void Matching::begin_when_posted(Message& message, const RoundsAt& at) {
  message.is_held = true;
  for (Message* free : gates_.post(at, message.rounds, message)) {
    free->is_held = false;
    if (free->channel != nullptr) start_allowed(*free->channel);
  }
}

// Null when the peer takes no more messages: then the send has failed.
Message* Matching::queue(PostedOp& op, const Meta& meta) {
  const Rank& peer = ranks_[static_cast<std::size_t>(op.peer)];
  if (peer.has_failed || (rendezvous_sends_ && !peer.end.empty())) {
    op.stack->complete(op, Outcome::peer_failed, 0, peer.end);
    return nullptr;
  }
  Message& message = new_message();
  message.channel = op.channel = &channel(op.stack->rank(), op.peer, op.tag);
  message.send = &op;
  message.from = op.stack->rank(), message.to = op.peer, message.tag = op.tag;
  message.data = op.data;
  message.meta = meta;
  message.sequence = op.channel->next_sequence++;
  op.message = &message;
  op.channel->messages.push_back(message);
  return &message;
}

void Matching::post_receive(PostedOp& op) {
  op.channel = &channel(op.peer, op.stack->rank(), op.tag);
  op.channel->receives.push_back(op);
  start_allowed(*op.channel);
  deliver_ready(*op.channel);
  fail_unmatchable(*op.channel);
}

void Matching::start_allowed(Channel& channel) {
  const std::size_t allowed =
      rendezvous_sends_ ? std::min(channel.messages.size(), channel.receives.size()) : channel.messages.size();
  if (channel.under_way >= allowed) return;
  // Eager sends start one at a time, so the next to start is the last of the queue.
  auto next = rendezvous_sends_ ? std::next(channel.messages.begin(), static_cast<std::ptrdiff_t>(channel.under_way))
                                : std::prev(channel.messages.end());
  if (!next->is_held) start(*next);
}

void Matching::start(Message& message) {
  message.stage = Message::Stage::moving;
  message.started_s = simgrid::s4u::Engine::get_clock();
  message.channel->under_way += 1;
  if (message.from == message.to) {
    arrived(message);
    return;
  }
  Route& route = *message.channel->route;
  activities_.start(message, route);
  const double bytes = activities_.bytes_of(message);
  const bool fits = send_buffer_bytes_ > 0 && route.buffered_bytes + bytes <= send_buffer_bytes_;
  if (!fits || message.send == nullptr) return;
  message.is_buffered = true;
  route.buffered_bytes += bytes;
  route.buffered_messages += 1;
  keep_copy(message);
  complete_send(message);
}

void Matching::complete_send(Message& message) {
  PostedOp& send = *message.send;
  message.send = nullptr;
  send.message = nullptr;
  send.stack->complete(send, Outcome::complete, message.started_s);
}

void Matching::arrived(Message& message) {
  if (!message.is_buffered) return take_in(message);
  const int from = message.from, to = message.to;
  Route& route = activities_.route(from, to);
  route.buffered_bytes -= activities_.bytes_of(message);
  route.buffered_messages -= 1;
  take_in(message);
  if (ranks_[static_cast<std::size_t>(from)].end.empty()) return;
  for (auto& [key, channel] : ranks_[static_cast<std::size_t>(from)].channels) {
    if (channel.to == to) fail_unmatchable(channel);
  }
}

void Matching::take_in(Message& message) {
  if (message.channel == nullptr) {
    free(message);
    return;
  }
  message.stage = Message::Stage::arrived;
  if (message.are_at_once) return arrived_at_once(message);
  message.is_arriving = true;
  deliver_ready(*message.channel);
  message.is_arriving = false;
  if (!message.is_delivered) keep_copy(message);
  if (message.send != nullptr) complete_send(message);
  if (message.is_delivered) free(message);
}

void Matching::arrived_at_once(Message& message) {
  message.is_held = true;
  if (message.send != nullptr) complete_send(message);
  for (Message* there : arrival_gates_.arrived(message)) {
    there->is_held = false;
    deliver_ready(*there->channel);
  }
}

void Matching::deliver_ready(Channel& channel) {
  while (!channel.messages.empty() && !channel.receives.empty()) {
    Message& message = channel.messages.front();
    if (message.stage != Message::Stage::arrived || message.is_held) return;
    deliver(message, channel.receives.front());
  }
}

void Matching::deliver(Message& message, PostedOp& receive) {
  Channel& channel = *message.channel;
  channel.messages.pop_front();
  channel.under_way -= 1;
  channel.receives.pop_front();
  if (!message.is_for_several && !message.data.fits(receive.data)) {
    receive.stack->complete(receive, Outcome::size_mismatch, message.started_s,
                            mismatch_text(message.data.count, message.data.element, receive.data));
  } else {
    if (receive.rounds != nullptr) {
      receive.rounds->receive();
    } else if (!message.data.is_phantom() && !receive.data.is_phantom()) {
      if (receive.adds) {
        add(receive.data, message.data);
      } else {
        std::copy_n(message.data.address, message.data.bytes(), receive.data.address);
      }
    }
    receive.meta = message.meta;
    receive.sequence = message.sequence;
    if (receive.meta_target != nullptr) *receive.meta_target = message.meta;
    receive.stack->complete(receive, Outcome::complete, message.started_s);
  }
  message.is_delivered = true;
  if (!message.is_arriving) free(message);
}

// A rank that has ended sends nothing more; only messages already queued can still be received. Nobody hears of its end
// before what it had sent by then has come.
void Matching::fail_unmatchable(Channel& channel) {
  const Rank& sender = ranks_[static_cast<std::size_t>(channel.from)];
  if (sender.end.empty() || channel.route->buffered_messages > 0) return;
  if (channel.receives.size() <= channel.messages.size()) return;
  auto receive = std::next(channel.receives.begin(), static_cast<std::ptrdiff_t>(channel.messages.size()));
  while (receive != channel.receives.end()) {
    PostedOp& failed = *receive;
    receive = channel.receives.erase(receive);
    failed.stack->complete(failed, Outcome::peer_failed, 0, sender.end);
  }
}

// A receive that found no route has no channel.
void Matching::forget(PostedOp& receive) {
  if (receive.channel != nullptr) receive.channel->receives.erase(receive.channel->receives.iterator_to(receive));
}

void Matching::cancel(PostedOp& op) {
  if (op.is_send && op.message != nullptr) {
    Message& message = *op.message;
    message.send = nullptr;
    if (message.stage == Message::Stage::queued) {
      lose(message);
    } else {
      keep_copy(message);
    }
  } else if (!op.is_send && !op.is_complete) {
    forget(op);
  } else if (!op.is_send && op.outcome == Outcome::complete && !op.adds) {
    give_back(op);
  }
  op.stack->retire(op);
}

// The message of a receive that was complete, but that nobody has heard of, goes to the next receive.
void Matching::give_back(PostedOp& receive) {
  Channel& channel = *receive.channel;
  Message& message = new_message();
  message.channel = &channel;
  message.from = channel.from, message.to = channel.to, message.tag = channel.tag;
  message.data = receive.data;
  message.meta = receive.meta;
  message.sequence = receive.sequence;
  message.started_s = receive.started_s;
  message.stage = Message::Stage::arrived;
  keep_copy(message);
  const auto later = std::find_if(channel.messages.begin(), channel.messages.end(),
                                  [&](const Message& other) { return other.sequence > message.sequence; });
  channel.messages.insert(later, message);
  channel.under_way += 1;
  deliver_ready(channel);
}

void Matching::withdraw_all(Stack& stack) {
  for (PostedOp& op : stack.posted_ops()) {
    if (!op.is_posted) continue;
    if (op.message != nullptr) {
      op.message->send = nullptr;
      if (op.data.count > 0 || op.message->stage == Message::Stage::queued) lose(*op.message);
    } else if (!op.is_send && !op.is_complete) {
      forget(op);
    }
    stack.retire(op);
  }
}

void Matching::end_rank(int rank, bool has_failed, const std::string& why) {
  Rank& ended = ranks_[static_cast<std::size_t>(rank)];
  if (ended.has_failed) return;  // one of its stacks did
  ended.end = why;
  ended.has_failed = has_failed;
  for (auto& [key, channel] : ended.channels) fail_unmatchable(channel);
  if (has_failed || rendezvous_sends_) fail_sends_to(rank);
}

void Matching::fail_sends_to(int rank) {
  for (Rank& sender : ranks_) {
    for (auto& [key, channel] : sender.channels) {
      if (channel.to != rank) continue;
      for (auto next = channel.messages.begin(); next != channel.messages.end();) {
        Message& message = *next++;
        PostedOp* send = message.send;
        if (send == nullptr) continue;
        message.send = nullptr;
        send->message = nullptr;
        lose(message);
        send->stack->complete(*send, Outcome::peer_failed, 0, ranks_[static_cast<std::size_t>(rank)].end);
      }
    }
  }
}

// Nobody will receive it. A transfer that has started goes on, as its bytes would.
void Matching::lose(Message& message) {
  Channel& channel = *message.channel;
  channel.messages.erase(channel.messages.iterator_to(message));
  if (message.stage != Message::Stage::queued) channel.under_way -= 1;
  message.channel = nullptr;
  if (message.stage != Message::Stage::moving) free(message);
}

Message& Matching::new_message() {
  if (free_messages_.empty()) return messages_.emplace_back();
  Message& message = *free_messages_.back();
  free_messages_.pop_back();
  return message;
}

void Matching::free(Message& message) {
  if (message.are_at_once && (message.is_held || message.stage != Message::Stage::arrived)) {
    arrival_gates_.forget(message);
  } else if (message.is_held) {
    gates_.forget(message);
  }
  message = Message();
  free_messages_.push_back(&message);
}

}  // namespace tandem::sim

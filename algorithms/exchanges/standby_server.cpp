#include "algorithms/exchanges/standby_server.h"

#include <algorithm>
#include <bit>

#include "algorithms/exchanges/replication.h"
#include "algorithms/exchanges/sync_shard.h"

namespace tandem::parameter_server {
namespace {

bool is_any_under_way(std::span<const Op> ops) {
  return std::any_of(ops.begin(), ops.end(), [](const Op& op) { return static_cast<bool>(op); });
}

class StandbyServer {
 public:
  StandbyServer(Comm& comm, const Job& job, Training& training, int server)
      : comm_(comm), job_(job), training_(training), server_rank_(server_rank(job, server)), pushers_(pushers_of(job)) {
    for (const Shard& shard : shards_of(job, server)) shards_.emplace_back(comm, job, shard);
    for (Held& held : shards_) held.shard.describe(training.state());
    ops_.resize((2 * shards_.size() + 1) * pushers_.size());
  }

  void run() {
    const CancelGuard guard(comm_, ops_);
    training_.begin(comm_);
    follow();
    serve();
    training_.finish();
  }

 private:
  struct Held {
    Held(Comm& comm, const Job& job, const Shard& of) : shard(comm, job, of) {}
    SyncShard shard;
    std::size_t steps = 0;     // it has taken so many
    std::size_t has_come = 0;  // pushes of the next
  };

  // As long as the server lives.
  void follow() {
    bool stops = false;
    for (std::size_t step = 0; step < job_.steps && !stops; ++step) {
      training_.server_begins_step(comm_, step);
      for (Held& held : shards_) {
        if (!take_sum(held, step)) {
          noticed_s_ = comm_.now();
          return;
        }
        stops = held.shard.stops();
      }
      training_.snapshot_if_due(comm_, step + 1, {0, job_.model.parameters + 1});
    }
  }

  bool take_sum(Held& held, std::size_t step) {
    const int tag = held.shard.shard().tag;
    SummedPushes sum{.gradient = held.shard.room(step)};
    try {
      sum.loss = std::bit_cast<double>(comm_.recv(server_rank_, tag, sum.gradient).words[0]);
    } catch (const PeerFailed&) {
      return false;
    }
    held.shard.update(comm_, sum, step);
    held.steps = step + 1;
    try {
      comm_.send(server_rank_, tag + 1, {});
    } catch (const PeerFailed&) {
      return true;  // the next step's sum will not come
    }
    return true;
  }

  // Whom the server has not answered pushes again; the others push the next step. Until all have left: even a server
  // that had no more to do may have died before its last answers had come.
  void serve() {
    for (std::size_t pusher = 0; pusher < pushers_.size(); ++pusher) {
      for (std::size_t i = 0; i < shards_.size(); ++i) post(i, pusher);
      leaving(pusher) = comm_.irecv(pushers_[pusher], kLeaveTag, {});
    }
    const auto leave = std::span(ops_).last(pushers_.size());
    while (is_any_under_way(leave)) {
      const std::size_t done = comm_.wait_any(ops_), pusher = done % pushers_.size();
      const std::size_t row = done / pushers_.size();
      if (row < shards_.size()) take_push(row, pusher);
      if (row != 2 * shards_.size()) continue;
      for (std::size_t i = 0; i < shards_.size(); ++i) comm_.cancel(push(i, pusher));
    }
    while (is_any_under_way(ops_)) comm_.wait_any(ops_);
    if (has_taken_over_) training_.took_over(server_rank_, *noticed_s_, waited_s_);
  }

  void take_push(std::size_t i, std::size_t pusher) {
    Held& held = shards_[i];
    const Push push = held.shard.push(pusher);
    if (!noticed_s_) noticed_s_ = comm_.now();
    has_taken_over_ = true;
    waited_s_ = std::max(waited_s_, push.waited_s);
    const auto step = static_cast<std::size_t>(push.version / job_.workers);
    if (step < held.steps) {  // the server has counted it, and not answered
      answer(i, pusher);
      return post(i, pusher);
    }
    if (++held.has_come < pushers_.size()) return;
    held.has_come = 0;
    const SummedPushes sum = held.shard.sum(comm_, step);
    for (std::size_t each = 0; each < pushers_.size(); ++each) {
      if (answered(i, each)) comm_.wait(answered(i, each));
    }
    held.shard.update(comm_, sum, step);
    held.steps = step + 1;
    for (std::size_t each = 0; each < pushers_.size(); ++each) {
      answer(i, each);
      post(i, each);
    }
    if (std::any_of(shards_.begin(), shards_.end(), [&](const Held& one) { return one.steps <= step; })) return;
    training_.snapshot_if_due(comm_, step + 1, {0, job_.model.parameters + 1});
    if (step + 1 < job_.steps) training_.server_begins_step(comm_, step + 1);
  }

  void post(std::size_t i, std::size_t pusher) {
    push(i, pusher) = shards_[i].shard.post(comm_, pusher, shards_[i].steps);
  }
  void answer(std::size_t i, std::size_t pusher) { answered(i, pusher) = shards_[i].shard.answer(comm_, pusher); }
  Op& push(std::size_t i, std::size_t pusher) { return ops_[i * pushers_.size() + pusher]; }
  Op& answered(std::size_t i, std::size_t pusher) { return ops_[(shards_.size() + i) * pushers_.size() + pusher]; }
  Op& leaving(std::size_t pusher) { return ops_[2 * shards_.size() * pushers_.size() + pusher]; }

  Comm& comm_;
  const Job& job_;
  Training& training_;
  int server_rank_;
  std::vector<int> pushers_;
  std::vector<Held> shards_;
  std::vector<Op> ops_;              // a row for each shard's pushes, for its answers, and one for those who leave
  std::optional<double> noticed_s_;  // when, that the server has died
  bool has_taken_over_ = false;
  double waited_s_ = 0;  // the longest that a worker has, in vain
};

}  // namespace

void stand_by(Comm& comm, const Job& job, Training& training, int server) {
  StandbyServer(comm, job, training, server).run();
}

}  // namespace tandem::parameter_server

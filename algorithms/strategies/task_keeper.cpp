#include "algorithms/strategies/task_keeper.h"

#include <algorithm>
#include <numeric>

namespace tandem {
namespace {

// A question says how many tasks the peer has begun. A gift is a range of tasks; the worker's last is empty.
Meta gift_of(std::size_t begin, std::size_t end) {
  return {{static_cast<std::int64_t>(begin), static_cast<std::int64_t>(end)}};
}

Range tasks_in(const Meta& gift) {
  return {static_cast<std::size_t>(gift.words[0]), static_cast<std::size_t>(gift.words[1])};
}

}  // namespace

TaskKeeper::TaskKeeper(Comm& comm, std::size_t all, Range own)
    : comm_(comm),
      size_(static_cast<std::size_t>(comm.size())),
      rank_(static_cast<std::size_t>(comm.rank())),
      all_(all),
      tasks_(own.size()),
      waits_(size_, false),
      begun_(size_, -1),
      questions_(size_),
      gifts_(size_),
      ops_(kKinds * size_),
      guard_(comm, ops_) {
  std::iota(tasks_.begin(), tasks_.end(), own.begin);
  begun_[rank_] = 0;
}

void TaskKeeper::await(Kind kind, std::size_t peer) {
  op(kind, peer) = comm_.irecv(static_cast<int>(peer), kind, {}, kind == kAsked ? &questions_[peer] : &gifts_[peer]);
}

// A keeper always awaits the next question and gift of everyone, so what was said before is heard soon.
void TaskKeeper::say(Kind kind, std::size_t peer, const Meta& meta) {
  if (op(kind, peer)) comm_.wait(op(kind, peer));
  op(kind, peer) = comm_.isend(static_cast<int>(peer), kind - kSaidAsk, {}, meta);
}

std::optional<std::size_t> TaskKeeper::next_task(Comm& comm) {
  comm.send(comm.rank(), kAsked, {});
  const Range given = tasks_in(comm.recv(comm.rank(), kGiven, {}));
  return given.size() == 0 ? std::nullopt : std::optional(given.begin);
}

void TaskKeeper::serve() {
  for (std::size_t peer = 0; peer < size_; ++peer) {
    await(kAsked, peer);
    if (peer != rank_) await(kGiven, peer);
  }
  try {
    while (!worker_waits_ || !all_are_begun()) {
      const std::size_t done = comm_.wait_any(ops_);
      handle(static_cast<Kind>(done / size_), done % size_);
      share_out();
    }
  } catch (const std::exception&) {
    // The worker, who waits for a task or will, hears of it where it joins this stack.
    comm_.send(comm_.rank(), kGiven, {});
    throw;
  }
  say(kSaidGive, rank_, {});
  comm_.wait_all(std::span(ops_).subspan(kSaidAsk * size_));
}

void TaskKeeper::handle(Kind kind, std::size_t peer) {
  if (kind == kAsked && peer == rank_) {
    worker_waits_ = true;
  } else if (kind == kAsked) {
    begun_[peer] = questions_[peer].words[0];
    waits_[peer] = true;
  } else if (kind == kGiven) {
    const Range given = tasks_in(gifts_[peer]);
    for (std::size_t task = given.begin; task < given.end; ++task) tasks_.push_back(task);
  }
  if (kind == kAsked || kind == kGiven) await(kind, peer);
}

// Its own worker first, then those who wait.
void TaskKeeper::share_out() {
  if (worker_waits_ && !tasks_.empty()) {
    say(kSaidGive, rank_, gift_of(tasks_.front(), tasks_.front() + 1));
    tasks_.pop_front();
    ++begun_[rank_];
    worker_waits_ = has_asked_ = false;
  }
  for (std::size_t distance = 1; distance < size_ && !tasks_.empty(); ++distance) {
    const std::size_t peer = (rank_ + distance) % size_;
    if (waits_[peer]) give_half(peer);
  }
  if (worker_waits_ && !has_asked_) ask_everyone();
}

// Half of the tasks, rounded up, from the back. Tasks that follow each other travel as a range, which ends at a gap.
void TaskKeeper::give_half(std::size_t peer) {
  const std::size_t half = (tasks_.size() + 1) / 2, end = tasks_.back() + 1;
  std::size_t begin = end;
  while (end - begin < half && tasks_.back() + 1 == begin) {
    begin = tasks_.back();
    tasks_.pop_back();
  }
  say(kSaidGive, peer, gift_of(begin, end));
  waits_[peer] = false;
}

void TaskKeeper::ask_everyone() {
  has_asked_ = true;
  for (std::size_t distance = 1; distance < size_; ++distance) {
    say(kSaidAsk, (rank_ + distance) % size_, {{begun_[rank_]}});
  }
}

bool TaskKeeper::all_are_begun() const {
  const bool have_all_asked = std::ranges::find(begun_, -1) == begun_.end();
  return have_all_asked &&
         std::accumulate(begun_.begin(), begun_.end(), std::int64_t{0}) == static_cast<std::int64_t>(all_);
}

}  // namespace tandem

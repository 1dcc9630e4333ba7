// The messages of one rank of a program that is replayed, on a stack of their own beside those of its streams.
#pragma once

#include "algorithms/strategies/replay_plan.h"
#include "core/comm.h"

namespace tandem {

/// The notification by which a stream learns that its next activity that waits for others may begin.
constexpr int may_begin_tag(std::size_t stream) { return static_cast<int>(stream); }
/// The one by which it tells that its next activity that others wait for has ended.
constexpr int has_ended_tag(std::size_t stream) { return kMostReplayStreams + static_cast<int>(stream); }

/// Returns when all messages have ended, and all streams know that what they wait for has.
void play_messages(Comm& comm, const ReplayPlan& plan);

}  // namespace tandem

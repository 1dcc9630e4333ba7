// The sim world: ranks are SimGrid actors on a simulated cluster, in one process and on simulated time.
#pragma once

#include "core/world.h"

namespace tandem {

/// Platform: rank r on a host of its own with one core, which its stacks share; a star of full-duplex links. Cluster
/// says how fast. Neutral network model: a message takes exactly latency + bytes / bandwidth, flows share links max-min
/// fairly. lv08 has SimGrid's factors, its TCP window, which limits each flow to 0.97 x 4 MiB in two latencies, and its
/// way of sharing: flows with longer round trips get less of a link.
///
/// Timing. The transfer of a send starts when the send is posted, as TCP with buffers does (with rendezvous_sends: when
/// its receive is posted too), and the send completes when its transfer has ended. Transfers of one pair of ranks
/// follow each other, as on a connection: a message's latency passes while the bytes of those before it still move, its
/// own bytes come after theirs. A message to the rank itself costs no time. Cancelling a send that moves keeps a copy
/// of its values, so it need not block.
///
/// Ends. A receive that can never be matched, because the peer's body has returned or thrown, completes with
/// peer_failed. What a stack sent but did not wait for is lost when the stack ends, as its buffer is. When nothing can
/// happen any more, run throws RunFailed that names the blocked ranks and what each waits for.
///
/// SimGrid lives once a process: a second run throws std::logic_error.
/// WorldReport::event_digest is a SHA-256 over all transfers and computations in the order they ended, with their
/// times.
extern const World kSimWorld;

}  // namespace tandem

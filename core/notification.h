// A notification from another stack of the same rank as an op among others, for a stack that waits for whichever comes
// first.
#pragma once

#include "core/comm.h"

namespace tandem {

/// The tags of Comm::notify lie above those of messages, which are smaller than this.
inline constexpr int kNotificationTag = (1 << 20) - (1 << 16);

/// Posts the receive of the next notification of this tag. As with Comm::await_notification, it counts as no traffic.
Op notification(Comm& comm, int tag);

}  // namespace tandem

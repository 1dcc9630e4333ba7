// A process that stops itself for a while, as one does whose host hangs.
#pragma once

namespace tandem::real {

/// Stops all threads of this process, by SIGSTOP, and lets them go on after so many seconds; blocks until then. The
/// kernel goes on taking what others send to its sockets until their buffers are full. Throws RunFailed where the
/// system has no timer for it.
void stop_this_process_for(double duration_s);

}  // namespace tandem::real

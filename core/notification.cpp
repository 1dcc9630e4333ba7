#include "core/notification.h"

namespace tandem {

Op notification(Comm& comm, int tag) {
  Op op = comm.irecv(comm.rank(), kNotificationTag + tag, {});
  op.messages = 0;
  return op;
}

}  // namespace tandem

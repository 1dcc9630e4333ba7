// The tcp world's sockets are file descriptors that close when their owner goes.
#pragma once

#include "core/process/file_descriptor.h"

namespace tandem::tcp {

using tandem::FileDescriptor;

}  // namespace tandem::tcp

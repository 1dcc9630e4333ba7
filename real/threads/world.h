// The threads world, which is the default: ranks are threads of this process.
#pragma once

#include "core/world.h"

namespace tandem {

extern const World kThreadsWorld;

}  // namespace tandem

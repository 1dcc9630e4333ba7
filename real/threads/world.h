// The threads world: ranks are threads of this process. The embedded default.
#pragma once

#include "core/world.h"

namespace tandem {

extern const World kThreadsWorld;

}  // namespace tandem

#include "core/errors.h"

#include <fmt/core.h>

#include <cstdio>
#include <cstdlib>

namespace tandem {

void broken_invariant(const std::string& what) {
  fmt::print(stderr, "tandem: broken invariant: {}\n", what);
  std::abort();
}

}  // namespace tandem

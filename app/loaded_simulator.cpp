// The simulator of the program `tandem`: loaded when it is first wanted, from a library beside the program or where the
// program is installed to look for it.
#include <dlfcn.h>
#include <fmt/format.h>

#include <string_view>

#include "core/errors.h"
#include "sim/simulator.h"

// Leak checkers ask the program, not its libraries. SimGrid never frees what it makes of a host's changes of speed.
extern "C" const char* __lsan_default_suppressions() {  // NOLINT(readability-identifier-naming)
  return "leak:simgrid::kernel::profile::ProfileBuilder";
}

namespace tandem::sim {
namespace {

void* found_in(void* library, const char* name) {
  void* const found = dlsym(library, name);
  if (found == nullptr) throw RunFailed(fmt::format("{} is no simulator: {}", TANDEM_SIMULATOR_LIBRARY, dlerror()));
  return found;
}

const Simulator& load() {
  void* const library = dlopen(TANDEM_SIMULATOR_LIBRARY, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw RunFailed(fmt::format("the simulator cannot be loaded: {}", dlerror()));
  const std::string_view wanted = "the simulator of tandem " TANDEM_VERSION;
  const std::string_view name = reinterpret_cast<const char* (*)()>(found_in(library, "tandem_simulator_name"))();
  if (name != wanted) {
    throw RunFailed(
        fmt::format("{} is {}, and the program needs {}: install both again", TANDEM_SIMULATOR_LIBRARY, name, wanted));
  }
  return *reinterpret_cast<const Simulator* (*)()>(found_in(library, "tandem_simulator"))();
}

}  // namespace

const Simulator& simulator() {
  static const Simulator& loaded = load();
  return loaded;
}

}  // namespace tandem::sim

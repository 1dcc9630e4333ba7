// For programs that are linked to the simulator. One that loads it defines this function itself, and this file is left
// out.
#include "sim/simulator.h"

namespace tandem::sim {

const Simulator& simulator() { return kSimulator; }

}  // namespace tandem::sim

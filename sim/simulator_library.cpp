// The entry of the library that a program loads.
#include "sim/simulator.h"

extern "C" const tandem::sim::Simulator* tandem_simulator() { return &tandem::sim::kSimulator; }

// The entry of the library that a program loads. What the library calls of core is the program's where the program has
// it, or else its own copy.
#include "sim/simulator.h"

extern "C" const tandem::sim::Simulator* tandem_simulator() { return &tandem::sim::kSimulator; }

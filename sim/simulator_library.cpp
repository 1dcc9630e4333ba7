// The entry of the library that a program loads.
#include "sim/simulator.h"

extern "C" const tandem::sim::Simulator* tandem_simulator() { return &tandem::sim::kSimulator; }

// The program asks before it calls anything else: what another version expects of the program may not be there.
extern "C" const char* tandem_simulator_name() { return "the simulator of tandem " TANDEM_VERSION; }

// tandem calibrate: what this machine is, as a cluster file that scenarios can start from.
#pragma once

#include <string>

#include "app/commands/measure.h"

namespace tandem {

struct CalibrateOptions {
  MeasureOptions world;
  double time_s = 0.6;  ///< how long to measure each of about ten things
  std::string output;   ///< the cluster file; empty: standard output
  bool force = false;   ///< replace that file
};

void add_calibrate(CLI::App& app, CalibrateOptions& options);

/// Measures in about ten seconds: the speed of the kernels that training uses, with every rank computing at once; what
/// a message costs by its size, both ways at once, as in a step of a ring; how fast empty messages follow each other.
/// Writes `host` and `network` for `cluster: {from: FILE}`, with the measured table as comments. Returns 0. Throws
/// UsageError, RunFailed.
int calibrate_command(const CalibrateOptions& options);

}  // namespace tandem

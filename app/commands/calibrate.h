// tandem calibrate: describes this machine as a cluster file that scenarios can start from.
#pragma once

#include <string>

#include "app/commands/measure.h"

namespace tandem {

struct CalibrateOptions {
  MeasureOptions world;
  double time_s = 0.6;  ///< duration of each of about ten measurements
  std::string output;   ///< the cluster file; empty: standard output
  bool force = false;   ///< replace that file
};

void add_calibrate(CLI::App& app, CalibrateOptions& options);

/// Measures for about ten seconds: the speed of training's kernels while every rank computes; the time of a message by
/// its size, with both directions in use, as in a ring; and the rate at which empty messages follow each other.
/// Writes `host` and `network` for `cluster: {from: FILE}`, with the measured table as comments. Returns 0. Throws
/// UsageError, RunFailed.
int calibrate_command(const CalibrateOptions& options);

}  // namespace tandem

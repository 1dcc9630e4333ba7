// How often to take checkpoints. C is the time a checkpoint takes, M the mean time between failures of the cluster, R
// the time from a failure until training goes on; failures are exponential and checkpoints blocking.
//   Young, "A first order approximation to the optimum checkpoint interval", 1974
//   Daly, "A higher order estimate of the optimum checkpoint interval for restart dumps", 2006
#pragma once

namespace tandem {

/// Seconds of training between two checkpoints: sqrt(2 C M).
double young_interval_s(double checkpoint_s, double mtbf_s);
/// The same with two terms more: sqrt(2CM) [1 + sqrt(C/2M)/3 + C/(18M)] - C for C < 2M, else M.
double daly_interval_s(double checkpoint_s, double mtbf_s);
/// Expected wall time for each second of training: M e^{R/M} (e^{(tau + C)/M} - 1) / tau.
double expected_slowdown(double interval_s, double checkpoint_s, double mtbf_s, double restart_s);

}  // namespace tandem

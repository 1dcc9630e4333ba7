#include "app/run/young_daly.h"

#include <cmath>

namespace tandem {

double young_interval_s(double checkpoint_s, double mtbf_s) { return std::sqrt(2 * checkpoint_s * mtbf_s); }

double daly_interval_s(double checkpoint_s, double mtbf_s) {
  if (checkpoint_s >= 2 * mtbf_s) return mtbf_s;
  const double half = checkpoint_s / (2 * mtbf_s);
  return young_interval_s(checkpoint_s, mtbf_s) * (1 + std::sqrt(half) / 3 + half / 9) - checkpoint_s;
}

double expected_slowdown(double interval_s, double checkpoint_s, double mtbf_s, double restart_s) {
  return mtbf_s * std::exp(restart_s / mtbf_s) * std::expm1((interval_s + checkpoint_s) / mtbf_s) / interval_s;
}

}  // namespace tandem

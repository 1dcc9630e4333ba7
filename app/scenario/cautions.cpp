#include "app/scenario/cautions.h"

#include <algorithm>

namespace tandem {
namespace {

// Gradients of pixels from 0 to 255 are hundreds of times too large for usual rates: training ends near chance.
bool trains_on_raw_pixels(const Scenario& scenario) {
  const DataSpec& data = scenario.workload.data;
  const bool has_pixels = data.source == DataSource::fashion_mnist || data.source == DataSource::idx;
  return has_pixels && !data.standardize && data.scale == 1;
}

}  // namespace

std::vector<std::string> cautions(const Plan& plan) {
  std::vector<std::string> all;
  if (std::any_of(plan.points.begin(), plan.points.end(),
                  [](const Point& point) { return trains_on_raw_pixels(point.scenario); })) {
    all.emplace_back(
        "features are raw pixels, 0 to 255: training hardly learns from them; most want workload: {data: {standardize: "
        "true}}");
  }
  return all;
}

}  // namespace tandem

// What a scenario may say without being wrong, and probably does not mean.
#pragma once

#include <string>
#include <vector>

#include "app/scenario/scenario.h"

namespace tandem {

/// A sentence each, for people; the same for all points is said once.
std::vector<std::string> cautions(const Plan& plan);

}  // namespace tandem

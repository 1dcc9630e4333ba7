// Facts about a study for its captions, computed once from its plan and its runs.
#pragma once

#include <vector>

#include "app/figures/figure_kind.h"
#include "app/scenario/scenario.h"
#include "app/store/result.h"

namespace tandem {

StudyFacts study_facts(const Plan& plan, const std::vector<RunResult>& results);

}  // namespace tandem

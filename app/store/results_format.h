// The format of the files that results are kept in, so that a later Tandem reads what an earlier one wrote.
#pragma once

#include <nlohmann/json.hpp>

namespace tandem {

/// It grows when a file means something else than before, or has something new without which it cannot be understood.
/// 1: files without a number; 2: the number itself.
inline constexpr int kResultsFormat = 2;

/// The format of a record. Throws UsageError where it is of a later Tandem, which this one does not understand.
int results_format(const nlohmann::ordered_json& record);

}  // namespace tandem

#include "app/store/results_format.h"

#include <fmt/format.h>

#include "core/errors.h"

namespace tandem {

int results_format(const nlohmann::ordered_json& record) {
  const int format = record.value("format", 1);
  if (format < 1 || format > kResultsFormat) {
    throw UsageError(
        fmt::format("these results have format {}, and this Tandem reads 1 to {}: use the one that wrote them", format,
                    kResultsFormat));
  }
  return format;
}

}  // namespace tandem

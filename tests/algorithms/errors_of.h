#pragma once

#include <string>

#include "core/errors.h"

namespace tandem {

/// The text of the UsageError that `action` throws; empty when it throws none.
template <typename Action>
std::string usage_error_of(Action action) {
  try {
    action();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

}  // namespace tandem

// A value of the workload that is allowed, but not with these data or beside the other values.
#pragma once

#include <fmt/format.h>

#include <string>

#include "core/errors.h"

namespace tandem {

/// The text names the value; whoever has read it from a file knows where it stands there.
class WorkloadError : public UsageError {
 public:
  /// `key` is the value's in the workload, such as "batch.global"; `why` goes on from its name.
  WorkloadError(const std::string& key, const std::string& why, std::string allowed = {})
      : UsageError(fmt::format("workload.{} {}", key, why)), path_("workload." + key), allowed_(std::move(allowed)) {}

  const std::string& path() const { return path_; }
  /// What it may be instead; may be empty.
  const std::string& allowed() const { return allowed_; }

 private:
  std::string path_, allowed_;
};

}  // namespace tandem

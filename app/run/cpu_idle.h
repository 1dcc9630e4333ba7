// Measures how busy this machine's processors are.
#pragma once

#include <optional>

namespace tandem {

/// Begins to measure when it is constructed.
class CpuIdle {
 public:
  CpuIdle();
  /// The idle share of all processors since then, whatever runs on them; absent where the system does not report it, or
  /// too little time has passed.
  std::optional<double> share() const;

 private:
  struct Ticks {
    double idle = 0, all = 0;
  };
  static Ticks now();
  Ticks start_;
};

}  // namespace tandem

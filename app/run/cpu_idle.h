// How busy this machine's processors were.
#pragma once

#include <optional>

namespace tandem {

/// Starts to watch when it is made.
class CpuIdle {
 public:
  CpuIdle();
  /// The idle share of all processors since then, of all that runs on this machine; absent where the system does not
  /// tell, or too little time has passed.
  std::optional<double> share() const;

 private:
  struct Ticks {
    double idle = 0, all = 0;
  };
  static Ticks now();
  Ticks start_;
};

}  // namespace tandem

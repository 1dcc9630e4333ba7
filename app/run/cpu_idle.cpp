#include "app/run/cpu_idle.h"

#include <fstream>
#include <string>

namespace tandem {

CpuIdle::CpuIdle() : start_(now()) {}

CpuIdle::Ticks CpuIdle::now() {
  // The first line: "cpu user nice system idle iowait irq softirq steal ...", in ticks of all processors.
  constexpr int kFields = 8, kIdle = 3, kWaiting = 4;
  std::ifstream file("/proc/stat");
  std::string name;
  file >> name;
  Ticks ticks;
  for (int i = 0; i < kFields; ++i) {
    double field = 0;
    file >> field;
    ticks.all += field;
    if (i == kIdle || i == kWaiting) ticks.idle += field;
  }
  return ticks;
}

std::optional<double> CpuIdle::share() const {
  constexpr double kEnough = 10;
  const Ticks end = now();
  if (end.all - start_.all < kEnough) return std::nullopt;
  return (end.idle - start_.idle) / (end.all - start_.all);
}

}  // namespace tandem

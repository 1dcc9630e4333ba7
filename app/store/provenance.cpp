#include "app/store/provenance.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <Eigen/Core>
#include <fstream>
#include <string>
#include <thread>

#include "sim/version.h"

namespace tandem {
namespace {

std::string read_processor() {
  std::ifstream cpuinfo("/proc/cpuinfo");
  for (std::string line; std::getline(cpuinfo, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

std::string eigen_version() {
  return fmt::format("{}.{}.{}", EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION, EIGEN_MINOR_VERSION);
}

std::string fmt_version() {
  return fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100);
}

const char* built_for() { return TANDEM_IS_NATIVE != 0 ? "this processor" : "any processor"; }

}  // namespace

std::string tandem_version() { return TANDEM_VERSION; }

bool is_built_for_this_processor() { return TANDEM_IS_NATIVE != 0; }

nlohmann::ordered_json provenance() {
  static const std::string kProcessor = read_processor();
  utsname system{};
  uname(&system);
  return {{"tandem", TANDEM_VERSION},
          {"compiler", fmt::format("{} {}", TANDEM_COMPILER, __VERSION__)},
          {"build_type", TANDEM_BUILD_TYPE},
          {"built_for", built_for()},
          {"simgrid", sim::simgrid_version()},
          {"eigen", eigen_version()},
          {"fmt", fmt_version()},
          {"processor", kProcessor},
          {"cores", std::thread::hardware_concurrency()},
          {"system", fmt::format("{} {} {}", system.sysname, system.release, system.machine)}};
}

std::string version_text() {
  return fmt::format("tandem {} (SimGrid {}, Eigen {}, {} {}, {}, for {})", TANDEM_VERSION, sim::simgrid_version(),
                     eigen_version(), TANDEM_COMPILER, __VERSION__, TANDEM_BUILD_TYPE, built_for());
}

}  // namespace tandem

#include "app/lab/folders.h"

#include "app/lab/build_settings.h"
#include "core/process/child.h"

namespace tandem::lab {
namespace {

namespace fs = std::filesystem;

/// The folder where the program is installed, such as /usr; empty for one that was only built.
fs::path prefix() {
  const fs::path here = this_program().parent_path().parent_path();
  return fs::exists(here / kInstalledHandouts) ? here : fs::path();
}

}  // namespace

fs::path headers_folder() { return prefix().empty() ? fs::path(kSources) : prefix() / kInstalledHeaders; }

fs::path handouts_folder() {
  return prefix().empty() ? fs::path(kSources) / "app/lab/handouts" : prefix() / kInstalledHandouts;
}

}  // namespace tandem::lab

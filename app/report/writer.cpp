#include "app/report/writer.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>

#include "core/errors.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

/// All that a study writes: --force removes these and nothing else that a person may have put there.
constexpr std::array<std::string_view, 11> kOwnEntries = {"runs.csv",   kUnfinishedMark,  "runs",      "figures",
                                                          "run.json",   "steps.csv",      "ranks.csv", "staleness.csv",
                                                          "trace.json", "parameters.f32", "log.txt"};

/// True when this call made the folder: of two programs at once only one gets it.
bool claim(const fs::path& path) {
  std::error_code error;
  const bool made = fs::create_directory(path, error);
  if (error) throw UsageError(fmt::format("cannot make output folder {}: {}", path.string(), error.message()));
  const bool is_free = made || fs::is_empty(path, error);
  if (error) throw UsageError(fmt::format("cannot read output folder {}: {}", path.string(), error.message()));
  if (is_free && access(path.c_str(), W_OK | X_OK) != 0) {
    throw UsageError(fmt::format("cannot write to output folder {}: {}", path.string(), std::strerror(errno)));
  }
  return is_free;
}

bool is_unfinished(const fs::path& path) { return fs::exists(path / kUnfinishedMark); }

std::string moved_text(const fs::path& wanted, const fs::path& path) {
  if (is_unfinished(wanted)) {
    return fmt::format(
        "{} holds an unfinished study that is not this one or is under way; writing to {} (--force replaces it)",
        wanted.string(), path.string());
  }
  if (fs::exists(wanted / "runs.csv")) {
    return fmt::format("{} holds an earlier study; writing to {} (--force replaces it)", wanted.string(),
                       path.string());
  }
  return fmt::format("{} is not empty and holds no study; writing to {}", wanted.string(), path.string());
}

void remove_study(const fs::path& path) {
  for (const std::string_view entry : kOwnEntries) {
    std::error_code error;
    fs::remove_all(path / entry, error);
    if (error) throw UsageError(fmt::format("cannot replace {}: {}", (path / entry).string(), error.message()));
  }
}

}  // namespace

OutputDirectory choose_output_directory(const fs::path& base, const std::string& name, bool force,
                                        const std::function<bool(const fs::path&)>& may_resume) {
  std::error_code error;
  if (!base.empty()) fs::create_directories(base, error);
  if (error) throw UsageError(fmt::format("cannot make output folder {}: {}", base.string(), error.message()));

  const fs::path wanted = base / name;
  for (int copy = 1;; ++copy) {
    const fs::path path = copy == 1 ? wanted : base / fmt::format("{}-{}", name, copy);
    if (claim(path)) return {path, false, copy == 1 ? std::string() : moved_text(wanted, path)};
    if (force && (is_unfinished(path) || fs::exists(path / "runs.csv"))) {
      remove_study(path);
      return {path, false, fmt::format("replacing the earlier study in {}", path.string())};
    }
    if (is_unfinished(path) && may_resume && may_resume(path)) {
      return {path, true, fmt::format("going on with the interrupted study in {}", path.string())};
    }
  }
}

}  // namespace tandem

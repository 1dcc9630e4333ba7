#include "app/serve/study_run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/eventfd.h>

#include <array>
#include <exception>

#include "app/store/whole_file.h"
#include "core/process/child.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

constexpr const char *kOutput = "answer", *kErrors = "progress";
constexpr double kGrace_s = 10;  ///< for a study that is told to end
constexpr std::size_t kLongestAnswer = 20000;

FileDescriptor written(const fs::path& path) {
  return FileDescriptor(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
}

std::string end_of(const fs::path& path) {
  const std::string text = read_whole_file(path);
  return text.size() > kLongestAnswer ? "..." + text.substr(text.size() - kLongestAnswer) : text;
}

/// "11/18 runs, 0:05, about 0:03 left: ..."; empty before the first.
std::string last_progress(const fs::path& path) {
  std::string text = read_whole_file(path);
  while (text.ends_with('\n')) text.pop_back();
  const std::string line = text.substr(text.rfind('\n') + 1);
  return line.find(" runs, ") == std::string::npos ? "" : line;
}

}  // namespace

StudyRun::~StudyRun() {
  cancel();
  if (watcher_.joinable()) watcher_.join();
}

bool StudyRun::start(const std::string& name, const std::string& scenario, const std::string& text) {
  const std::lock_guard lock(mutex_);
  if (state_ == "running") return false;
  if (watcher_.joinable()) watcher_.join();
  scratch_.emplace();
  const fs::path own = scratch_->path() / (name + ".yaml");
  if (scenario.empty()) write_whole_file(own, text);
  cancelled_ = FileDescriptor(eventfd(0, EFD_CLOEXEC));
  name_ = name, state_ = "running";
  watcher_ = std::thread([this, file = scenario.empty() ? own.string() : scenario, folder = scratch_->path()] {
    try {
      watch(file, folder);
    } catch (const std::exception& error) {
      write_whole_file(folder / kErrors, fmt::format("{}\n", error.what()));
      set_state("failed");
    }
  });
  return true;
}

void StudyRun::watch(const std::string& scenario, const fs::path& folder) {
  const FileDescriptor output = written(folder / kOutput), errors = written(folder / kErrors);
  Child child = start_program({this_program(), "run", scenario, "-j", "1"},
                              {.leads_group = true, .output = output.get(), .errors = errors.get()});
  const bool is_told = wait_until_readable(std::array{child.descriptor(), cancelled_.get()}, longest_s_);
  if (child.has_ended()) return set_state(child.wait().is_success() ? "ended" : "failed");
  child.end(kGrace_s);
  set_state(is_told ? "cancelled" : "stopped");
}

void StudyRun::set_state(const std::string& state) {
  const std::lock_guard lock(mutex_);
  state_ = state;
}

void StudyRun::cancel() {
  const std::lock_guard lock(mutex_);
  if (state_ == "running") eventfd_write(cancelled_.get(), 1);
}

nlohmann::ordered_json StudyRun::status() const {
  const std::lock_guard lock(mutex_);
  nlohmann::ordered_json json = {{"study", name_}, {"state", state_}};
  if (!scratch_) return json;
  json["progress"] = last_progress(scratch_->path() / kErrors);
  if (state_ == "running") return json;
  json["answer"] = end_of(scratch_->path() / kOutput);
  json["errors"] = end_of(scratch_->path() / kErrors);
  return json;
}

}  // namespace tandem

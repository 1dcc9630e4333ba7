// A whole study that the page has started: `tandem run` in a process of its own, with its progress, until it has ended,
// is cancelled, or has had its time.
#pragma once

#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>

#include "app/store/scratch_folder.h"
#include "core/process/file_descriptor.h"

namespace tandem {

inline constexpr double kLongestRun_s = 600;

/// One study at a time. May be called from any thread.
class StudyRun {
 public:
  explicit StudyRun(double longest_s = kLongestRun_s) : longest_s_(longest_s) {}
  /// Cancels, and waits until every process of the study has gone.
  ~StudyRun();
  StudyRun(const StudyRun&) = delete;
  StudyRun& operator=(const StudyRun&) = delete;

  /// Runs `scenario`, a file, or where that is empty `text`, as `tandem run` does: into results/, below the folder that
  /// the server was started in. False where a study is under way.
  bool start(const std::string& name, const std::string& scenario, const std::string& text);
  /// What is finished stays, as after Ctrl-C. Returns at once.
  void cancel();
  /// `study`; `state`: none, running, ended, failed, cancelled or stopped (it had its time); the last line of
  /// `progress`; and, once it is over, what it printed: `answer` and `errors`, the last part of them where they are
  /// long.
  nlohmann::ordered_json status() const;

 private:
  void watch(const std::string& scenario, const std::filesystem::path& folder);
  void set_state(const std::string& state);

  const double longest_s_;
  mutable std::mutex mutex_;
  std::string name_, state_ = "none";
  std::optional<ScratchFolder> scratch_;  ///< what it prints, and a toy's scenario
  FileDescriptor cancelled_;              ///< readable once somebody has cancelled
  std::thread watcher_;                   ///< starts the process, which dies with the thread that has started it
};

}  // namespace tandem

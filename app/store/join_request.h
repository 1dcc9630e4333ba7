// How workers ask to join a run that is under way, or to leave it: by a file in the run's folder. So who may write
// there may ask, and the run takes no other user's word. Only this module writes and reads these files.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/process/file_descriptor.h"

namespace tandem {

/// What lies in the folder of a run that may be joined, and a request that it has not come to yet.
inline constexpr std::string_view kMembersFile = "members.json", kRequestFile = "request.json";

/// While it lives, workers may ask to join the run in this folder. When its process dies, too, nobody may.
class OpenRun {
 public:
  /// Throws RunFailed where the folder cannot be written to.
  explicit OpenRun(std::filesystem::path folder);
  /// Removes what was asked for and not come to.
  ~OpenRun();
  OpenRun(const OpenRun&) = delete;
  OpenRun& operator=(const OpenRun&) = delete;

 private:
  std::filesystem::path folder_;
  FileDescriptor lock_;
};

/// Whether a run in this folder may be joined now.
bool is_open(const std::filesystem::path& folder);

struct JoinRequest {
  std::string id;
  int joining = 0;      ///< so many join; below 0, leave
  std::string hosts;    ///< that have places for them, as --hosts names them; empty: where there are some
  std::string problem;  ///< why the run takes no notice of it; empty: it does
};

/// Leaves a request in a run's folder, and returns its id; nothing where another waits there. Throws UsageError where
/// the folder cannot be written to.
std::optional<std::string> leave_request(const std::filesystem::path& folder, int joining,
                                         const std::string& hosts = {});
/// The one that is there. Whatever is in the file, it does not throw.
std::optional<JoinRequest> request_in(const std::filesystem::path& folder);
void remove_request(const std::filesystem::path& folder);

}  // namespace tandem

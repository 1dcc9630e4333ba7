#include "app/store/join_request.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <random>
#include <system_error>
#include <utility>

#include "core/config/json.h"
#include "core/errors.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestRequest = 4096;

std::string new_id() {
  std::random_device entropy;
  return fmt::format("{}-{:08x}{:08x}", getpid(), entropy(), entropy());
}

[[noreturn]] void cannot_ask(const fs::path& folder, int error) {
  throw UsageError(
      fmt::format("{}: {}; only who may write to the run's folder may ask", folder.string(), std::strerror(error)));
}

// The name appears with its content, and never in the place of another request.
bool put_beside_nothing(const fs::path& folder, const fs::path& draft, const std::string& text) {
  const FileDescriptor file(open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!file) cannot_ask(folder, errno);
  const bool is_written = write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const bool is_there = is_written && link(draft.c_str(), (folder / kRequestFile).c_str()) == 0;
  const int error = errno;
  unlink(draft.c_str());
  if (!is_there && error != EEXIST) cannot_ask(folder, error);
  return is_there;
}

JoinRequest parsed(const std::string& text) {
  const Json told = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  const auto has = [&](const char* key) { return told.is_object() && told.contains(key); };
  JoinRequest request;
  if (has("id") && told["id"].is_string()) request.id = told["id"];
  if (has("hosts") && told["hosts"].is_string()) request.hosts = told["hosts"];
  const bool is_number = has("joining") && told["joining"].is_number_integer();
  const std::int64_t joining = is_number ? told["joining"].get<std::int64_t>() : 0;
  constexpr std::int64_t kMost = 1 << 20;
  if (request.id.empty() || joining == 0 || joining > kMost || joining < -kMost) {
    request.problem = "it is no request to join or to leave";
  } else {
    request.joining = static_cast<int>(joining);
  }
  return request;
}

}  // namespace

OpenRun::OpenRun(fs::path folder) : folder_(std::move(folder)) {
  const fs::path path = folder_ / kMembersFile;
  lock_ = FileDescriptor(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  // Others hold it only for as long as they need to see whether somebody has it.
  if (!lock_ || flock(lock_.get(), LOCK_EX) != 0)
    throw RunFailed(fmt::format("cannot write {}: {}", path.string(), std::strerror(errno)));
}

OpenRun::~OpenRun() {
  remove_request(folder_);
  unlink((folder_ / kMembersFile).c_str());
}

bool is_open(const fs::path& folder) {
  const FileDescriptor file(open((folder / kMembersFile).c_str(), O_RDONLY | O_CLOEXEC));
  return file && flock(file.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

std::optional<std::string> leave_request(const fs::path& folder, int joining, const std::string& hosts) {
  std::string id = new_id();
  const bool is_there = put_beside_nothing(folder, folder / fmt::format(".{}.{}", kRequestFile, id),
                                           Json{{"id", id}, {"joining", joining}, {"hosts", hosts}}.dump() + "\n");
  if (!is_there) return std::nullopt;
  return id;
}

std::optional<JoinRequest> request_in(const fs::path& folder) {
  // A link, or a pipe, may be anything's.
  const FileDescriptor file(open((folder / kRequestFile).c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  const bool is_full = errno == EMFILE || errno == ENFILE;  // it may be read later
  if (!file && (errno == ENOENT || is_full)) return std::nullopt;
  struct stat what {};
  if (!file || fstat(file.get(), &what) != 0 || !S_ISREG(what.st_mode))
    return JoinRequest{.problem = "it is no file that can be read"};
  std::array<char, kLongestRequest> text{};
  const ssize_t bytes = read(file.get(), text.data(), text.size());
  JoinRequest request = parsed({text.data(), static_cast<std::size_t>(std::max<ssize_t>(bytes, 0))});
  const uid_t own = geteuid();
  if (what.st_uid != own && what.st_uid != 0)
    request.problem = fmt::format("user {} asks, and the run is user {}'s", what.st_uid, own);
  return request;
}

void remove_request(const fs::path& folder) {
  std::error_code ignored;
  fs::remove_all(folder / kRequestFile, ignored);  // whatever somebody has put there, or it would come again
}

}  // namespace tandem

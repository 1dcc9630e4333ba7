// The profiles that scenarios name: those that are shipped with the program, and users' own files.
#pragma once

#include <deque>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "algorithms/model/profile.h"
#include "core/config/diagnostics.h"
#include "core/config/reader.h"

namespace tandem {

/// Reads each file once, whatever the number of points that name it. Mistakes in a file go to `diagnostics`, which must
/// not be shown after this is gone.
class Profiles {
 public:
  /// Files are relative to `folder`.
  Profiles(std::filesystem::path folder, Diagnostics& diagnostics)
      : folder_(std::move(folder)), diagnostics_(diagnostics) {}

  /// The shipped profile of this name, or else the file. Null after a mistake; that there is no such file is one of the
  /// value at `place`.
  const Profile* find(const std::string& named, const Position& place, Reader& reader);

 private:
  std::filesystem::path folder_;
  Diagnostics& diagnostics_;
  std::deque<Source> sources_;  ///< positions point into them
  std::map<std::string, std::optional<Profile>> known_;
};

/// The shipped profile of this name, which is read when a process first asks for it. Null if there is none.
const Profile* shipped_profile(std::string_view name);

}  // namespace tandem

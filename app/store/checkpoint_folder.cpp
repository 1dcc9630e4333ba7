#include "app/store/checkpoint_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "app/store/sha256.h"
#include "app/store/whole_file.h"
#include "core/config/json_mistake.h"
#include "core/config/limits.h"
#include "core/errors.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;
constexpr const char* kManifest = "manifest.json";
constexpr const char* kFormat = "tandem checkpoint";
constexpr int kVersion = 1;
constexpr std::uintmax_t kLongestManifest = std::uintmax_t{64} << 20;
constexpr std::uint64_t kMostOfAnything = std::uint64_t{1} << 53;  // so many steps, or bytes

/// Those of a folder that are complete, and those that are not, in ascending order of their steps.
std::vector<fs::path> checkpoints_in(const fs::path& folder, bool complete) {
  std::vector<fs::path> found;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    const bool is_one = entry.is_directory() && entry.path().filename().string().starts_with("step-");
    if (is_one && fs::exists(entry.path() / kManifest) == complete) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

// Without its manifest it is no checkpoint any more, whatever happens before the rest is gone.
void remove_checkpoint(const fs::path& checkpoint) {
  std::error_code ignored;
  fs::remove(checkpoint / kManifest, ignored);
  fs::remove_all(checkpoint, ignored);
}

Json to_json(const CheckpointManifest& manifest) {
  Json parts = Json::array();
  for (const CheckpointPart& part : manifest.parts) {
    parts.push_back({{"file", part.file}, {"bytes", part.bytes}, {"sha256", part.sha256}});
  }
  return {{"format", kFormat},
          {"version", kVersion},
          {"step", manifest.step},
          {"next_step", manifest.next_step},
          {"time_s", manifest.time_s},
          {"start_s", manifest.start_s},
          {"workers_changed", manifest.workers_changed},
          {"workers_before", manifest.workers_before},
          {"state_bytes", manifest.state_bytes},
          {"identity_sha256", sha256_of(manifest.identity.dump())},
          {"identity", manifest.identity},
          {"parts", parts}};
}

/// The values of a manifest, each refused at its place. The library would take -1 for 2^64 - 1, and 1.5 for 1.
class ManifestValues {
 public:
  ManifestValues(const Json& json, std::string_view text, const fs::path& path)
      : json_(json), text_(text), path_(path) {}

  std::uint64_t whole(const std::string& key) const { return whole_in({key}, json_.at(key), 0, kMostOfAnything); }

  double seconds(const std::string& key) const {
    const Json& value = json_.at(key);
    if (!value.is_number()) refuse({key}, "a number of seconds is expected", value);
    return value.get<double>();
  }

  // These two came later than the first checkpoints.
  bool flag(const std::string& key) const {
    if (!json_.contains(key)) return false;
    const Json& value = json_.at(key);
    if (!value.is_boolean()) refuse({key}, "true or false is expected", value);
    return value;
  }

  std::set<int> workers(const std::string& key) const {
    std::set<int> numbers;
    if (!json_.contains(key)) return numbers;
    const Json& list = json_.at(key);
    if (!list.is_array()) refuse({key}, "a list of numbers of workers is expected", list);
    for (std::size_t i = 0; i < list.size(); ++i)
      numbers.insert(
          static_cast<int>(whole_in({key, std::to_string(i)}, list[i], 1, static_cast<std::uint64_t>(kMostRanks))));
    return numbers;
  }

  std::vector<CheckpointPart> parts(const std::string& key) const {
    const Json& list = json_.at(key);
    if (!list.is_array() || list.empty()) refuse({key}, "a list of parts is expected", list);
    std::vector<CheckpointPart> parts;
    for (std::size_t i = 0; i < list.size(); ++i) {
      const std::string index = std::to_string(i);
      if (!list[i].is_object()) refuse({key, index}, "a mapping is expected", list[i]);
      CheckpointPart part{.file = text_in({key, index, "file"}, list[i].at("file")),
                          .bytes = whole_in({key, index, "bytes"}, list[i].at("bytes"), 0, kMostOfAnything),
                          .sha256 = text_in({key, index, "sha256"}, list[i].at("sha256"))};
      if (part.file.empty() || part.file != fs::path(part.file).filename())
        throw UsageError(fmt::format("{}: part {} is no file in this folder", path_.string(), part.file));
      parts.push_back(std::move(part));
    }
    return parts;
  }

 private:
  using Keys = std::vector<std::string>;

  [[noreturn]] void refuse(const Keys& keys, const std::string& expected, const Json& found) const {
    refuse_json(path_.string(), place_of_value(text_, keys),
                fmt::format("{}: {}, found {}", fmt::join(keys, "."), expected, found.dump()));
  }

  std::uint64_t whole_in(const Keys& keys, const Json& value, std::uint64_t least, std::uint64_t most) const {
    const bool is_whole = value.is_number_unsigned() && value >= least && value <= most;
    if (!is_whole) refuse(keys, fmt::format("a whole number from {} to {} is expected", least, most), value);
    return value;
  }

  std::string text_in(const Keys& keys, const Json& value) const {
    if (!value.is_string()) refuse(keys, "a text is expected", value);
    return value;
  }

  const Json& json_;
  std::string_view text_;
  const fs::path& path_;
};

void expect(const fs::path& file, const std::string& entry, const Json& expected, const Json& found) {
  if (expected == found) return;
  throw UsageError(fmt::format("{}: {}: expected {}, found {}", file.string(), entry, expected.dump(), found.dump()));
}

}  // namespace

fs::path checkpoint_path(const fs::path& checkpoints, std::size_t step) {
  return checkpoints / fmt::format("step-{:08}", step);
}

std::string part_name(int rank, int stack) {
  return fmt::format("rank-{:04}{}.safetensors", rank, stack == 0 ? "" : "-server");
}

CheckpointPart write_part(const fs::path& checkpoint, const std::string& name, const std::vector<StoredTensor>& tensors,
                          const std::map<std::string, std::string>& metadata) {
  std::error_code error;
  fs::create_directories(checkpoint, error);
  if (error) throw RunFailed(fmt::format("cannot make folder {}: {}", checkpoint.string(), error.message()));
  const std::string header = safetensors_header(tensors, metadata);
  std::vector<std::string_view> pieces = {header};
  std::uint64_t bytes = header.size();
  for (const StoredTensor& tensor : tensors) {
    pieces.push_back(tensor.bytes);
    bytes += tensor.bytes.size();
  }
  write_durable_file(checkpoint / name, pieces);
  return {name, bytes, sha256_of(pieces)};
}

void commit(const fs::path& checkpoint, const CheckpointManifest& manifest, int keep) {
  const std::string text = to_json(manifest).dump(2) + "\n";
  const std::string_view whole = text;
  write_durable_file(checkpoint / kManifest, std::span(&whole, 1));
  const fs::path folder = checkpoint.parent_path();
  std::vector<fs::path> complete = checkpoints_in(folder, true);
  std::erase_if(complete, [&](const fs::path& one) { return one > checkpoint; });
  for (std::size_t i = 0; i + static_cast<std::size_t>(keep) < complete.size(); ++i) remove_checkpoint(complete[i]);
  for (const fs::path& incomplete : checkpoints_in(folder, false)) {
    if (incomplete < checkpoint) remove_checkpoint(incomplete);
  }
}

std::optional<fs::path> latest_checkpoint(const fs::path& folder) {
  if (fs::exists(folder / kManifest)) return folder;
  for (const fs::path& place : {folder, folder / kCheckpoints}) {
    const std::vector<fs::path> complete = checkpoints_in(place, true);
    if (!complete.empty()) return complete.back();
  }
  return std::nullopt;
}

CheckpointManifest read_manifest(const fs::path& checkpoint) {
  const fs::path path = checkpoint / kManifest;
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  if (error) throw UsageError(fmt::format("{}: cannot be read: {}", path.string(), error.message()));
  if (size > kLongestManifest) {
    throw UsageError(fmt::format("{}: has {} bytes; a manifest has {} at most", path.string(), size, kLongestManifest));
  }
  const std::string text = read_whole_file(path);
  const Json json = parse_json_text(text, path.string());
  try {
    expect(path, "format", kFormat, json.at("format"));
    expect(path, "version", kVersion, json.at("version"));
    const ManifestValues values(json, text, path);
    CheckpointManifest manifest{.step = values.whole("step"),
                                .next_step = values.whole("next_step"),
                                .time_s = values.seconds("time_s"),
                                .start_s = values.seconds("start_s"),
                                .workers_changed = values.flag("workers_changed"),
                                .workers_before = values.workers("workers_before"),
                                .state_bytes = values.whole("state_bytes"),
                                .identity = json.at("identity"),
                                .parts = values.parts("parts")};
    if (manifest.time_s < 0)
      throw UsageError(fmt::format("{}: time_s: {} is before training", path.string(), manifest.time_s));
    expect(path, "identity_sha256", sha256_of(manifest.identity.dump()), json.at("identity_sha256"));
    return manifest;
  } catch (const Json::exception& mistake) {
    refuse_json(path.string(), {}, "is not the manifest of a checkpoint: " + in_plain_words(mistake));
  }
}

std::optional<std::string> read_part(const fs::path& checkpoint, const CheckpointManifest& manifest,
                                     const std::string& name) {
  const auto part = std::find_if(manifest.parts.begin(), manifest.parts.end(),
                                 [&](const CheckpointPart& one) { return one.file == name; });
  if (part == manifest.parts.end()) return std::nullopt;
  const fs::path path = checkpoint / name;
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  if (error) throw UsageError(fmt::format("{}: cannot be read: {}", path.string(), error.message()));
  expect(path, "bytes", part->bytes, size);
  std::string content = read_whole_file(path);
  expect(path, "sha256", part->sha256, sha256_of(content));
  return content;
}

}  // namespace tandem

// Files that appear whole or not at all.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace tandem {

/// Every byte of a file; empty where there is none, or it cannot be read.
std::string read_whole_file(const std::filesystem::path& path);

/// Writes to a temporary name beside `path`, then renames: a reader, or an interruption, never meets half a file.
/// Makes missing folders, and follows links: a link stays one, and its target is written. Throws UsageError naming the
/// path and the cause (permission, full disk, ...).
void write_whole_file(const std::filesystem::path& path, std::string_view content);

/// Writes the parts one after the other, and returns when they are on the disk: not even a loss of power leaves half a
/// file. The folder must be there. Throws RunFailed naming the path and the cause.
void write_durable_file(const std::filesystem::path& path, std::span<const std::string_view> parts);

/// Throws UsageError if the file exists and `force` is false, or if it is a folder, a device or a pipe. Call it before
/// the work whose result goes there. An empty path is no file.
void refuse_to_replace(const std::filesystem::path& path, bool force);

}  // namespace tandem

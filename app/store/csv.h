// Tables on disk, quoted by RFC 4180: commas, quotes only where needed, an empty field for what was not measured.
// Numbers are printed so that they read back exactly.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// The shortest text that reads back as the same number; empty for NaN.
std::string exact_text(double value);

/// A field, quoted if it holds a comma, a quote or a line break.
std::string csv_field(std::string_view text);
/// Fields to a line, with its line break.
std::string csv_line(const std::vector<std::string>& fields);

/// All records, the header first; quoted fields may hold anything. Throws UsageError when the file cannot be read or a
/// quotation has no end.
std::vector<std::vector<std::string>> read_csv(const std::filesystem::path& path);

/// Throws UsageError: the field in this line (from 1) is not a number.
[[noreturn]] void refuse_number(const std::filesystem::path& path, std::size_t line, std::string_view field);

}  // namespace tandem

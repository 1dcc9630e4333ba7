// The idx format: two zero bytes, the type of a value (8: unsigned byte), the number of dimensions, each dimension's
// size as a big-endian 32-bit number, then the values.
#include <fmt/format.h>

#include <array>

#include "algorithms/data/gzip_reader.h"
#include "algorithms/data/loaders.h"
#include "core/errors.h"

namespace tandem {
namespace {

constexpr std::uint8_t kUnsignedByte = 8;

[[noreturn]] void refuse(const GzipReader& file, const std::string& what) {
  throw UsageError(fmt::format("{}: {}", file.path(), what));
}

std::array<std::uint8_t, 4> read_four(GzipReader& file) {
  std::array<std::uint8_t, 4> bytes{};
  const std::size_t got = file.read(bytes.data(), bytes.size());
  if (got < bytes.size()) refuse(file, "truncated idx header");
  return bytes;
}

/// The sizes of the dimensions, checked against what the file can hold.
std::vector<std::size_t> read_header(GzipReader& file, std::size_t fewest_dimensions, std::size_t most_dimensions) {
  const auto magic = read_four(file);
  if (magic[0] != 0 || magic[1] != 0 || magic[2] != kUnsignedByte || magic[3] < fewest_dimensions ||
      magic[3] > most_dimensions) {
    const std::string dimensions = fewest_dimensions == most_dimensions
                                       ? fmt::format("{}", fewest_dimensions)
                                       : fmt::format("{} to {}", fewest_dimensions, most_dimensions);
    refuse(file,
           fmt::format("not an idx file of unsigned bytes in {} dimension(s): magic number {:02x}{:02x}{:02x}{:02x}",
                       dimensions, magic[0], magic[1], magic[2], magic[3]));
  }
  std::vector<std::size_t> sizes;
  std::size_t values = 1;
  for (std::size_t d = 0; d < magic[3]; ++d) {
    const auto bytes = read_four(file);
    sizes.push_back(std::size_t{bytes[0]} << 24 | std::size_t{bytes[1]} << 16 | std::size_t{bytes[2]} << 8 | bytes[3]);
    if (sizes.back() == 0) refuse(file, fmt::format("dimension {} has size 0; sizes are at least 1", d + 1));
    if (sizes.back() > file.most_bytes() / values) {
      refuse(file,
             fmt::format("truncated: {} values are promised, which this file cannot hold", fmt::join(sizes, " x ")));
    }
    values *= sizes.back();
  }
  return sizes;
}

std::vector<float> read_values(GzipReader& file, std::size_t rows, std::size_t width) {
  std::vector<float> values;
  values.reserve(rows * width);
  std::vector<std::uint8_t> bytes(width);
  for (std::size_t row = 0; row < rows; ++row) {
    const std::size_t got = file.read(bytes.data(), width);
    if (got < width) {
      refuse(file, fmt::format("truncated: {} of {} values", row * width + got, rows * width));
    }
    values.insert(values.end(), bytes.begin(), bytes.end());
  }
  if (file.read(bytes.data(), 1) != 0) refuse(file, fmt::format("more than the {} values promised", rows * width));
  return values;
}

}  // namespace

LoadedRows load_idx(const std::string& images_path, const std::string& labels_path) {
  GzipReader images(images_path), labels(labels_path);
  const std::vector<std::size_t> sizes = read_header(images, 2, 4);
  const std::size_t labelled = read_header(labels, 1, 1).front();
  const std::size_t rows = sizes.front();
  if (labelled != rows) refuse(labels, fmt::format("{} labels for the {} images of {}", labelled, rows, images_path));

  std::size_t width = 1;
  for (std::size_t d = 1; d < sizes.size(); ++d) width *= sizes[d];
  return {
      .width = width,
      .rows = {.count = rows, .features = read_values(images, rows, width), .targets = read_values(labels, rows, 1)}};
}

}  // namespace tandem

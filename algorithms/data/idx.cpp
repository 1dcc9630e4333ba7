// The idx format: two zero bytes, the type of a value, the number of dimensions, each dimension's size as a big-endian
// 32-bit number, then the values, big-endian as well.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

#include "algorithms/data/gzip_reader.h"
#include "algorithms/data/loaders.h"
#include "core/errors.h"

namespace tandem {
namespace {

/// Values of one type, each as many bytes, the highest first, as floats.
template <class Bits, class Value>
void convert(const std::vector<std::uint8_t>& bytes, float* into) {
  for (std::size_t first = 0; first < bytes.size(); first += sizeof(Bits)) {
    Bits bits = 0;
    for (std::size_t byte = 0; byte < sizeof(Bits); ++byte)
      bits = static_cast<Bits>(std::uint64_t{bits} << 8 | bytes[first + byte]);
    *into++ = static_cast<float>(std::bit_cast<Value>(bits));
  }
}

struct ValueType {
  std::uint8_t code;
  std::size_t bytes;
  void (*convert)(const std::vector<std::uint8_t>& bytes, float* into);
};

constexpr std::array<ValueType, 6> kValueTypes = {{
    {0x08, 1, convert<std::uint8_t, std::uint8_t>},
    {0x09, 1, convert<std::uint8_t, std::int8_t>},
    {0x0b, 2, convert<std::uint16_t, std::int16_t>},
    {0x0c, 4, convert<std::uint32_t, std::int32_t>},
    {0x0d, 4, convert<std::uint32_t, float>},
    {0x0e, 8, convert<std::uint64_t, double>},
}};

struct Header {
  const ValueType* type = nullptr;
  std::vector<std::size_t> sizes;  ///< one per dimension
};

[[noreturn]] void refuse(const GzipReader& file, const std::string& what) {
  throw UsageError(fmt::format("{}: {}", file.path(), what));
}

std::array<std::uint8_t, 4> read_four(GzipReader& file) {
  std::array<std::uint8_t, 4> bytes{};
  const std::size_t got = file.read(bytes.data(), bytes.size());
  if (got < bytes.size()) refuse(file, "truncated idx header");
  return bytes;
}

/// The sizes are checked against what the file can hold.
Header read_header(GzipReader& file, std::size_t fewest_dimensions, std::size_t most_dimensions) {
  const auto magic = read_four(file);
  const auto* type =
      std::find_if(kValueTypes.begin(), kValueTypes.end(), [&](const ValueType& one) { return one.code == magic[2]; });
  if (magic[0] != 0 || magic[1] != 0 || type == kValueTypes.end() || magic[3] < fewest_dimensions ||
      magic[3] > most_dimensions) {
    const std::string dimensions = fewest_dimensions == most_dimensions
                                       ? fmt::format("{}", fewest_dimensions)
                                       : fmt::format("{} to {}", fewest_dimensions, most_dimensions);
    refuse(file, fmt::format("not an idx file in {} dimension(s): magic number {:02x}{:02x}{:02x}{:02x}", dimensions,
                             magic[0], magic[1], magic[2], magic[3]));
  }
  Header header{.type = type};
  std::vector<std::size_t>& sizes = header.sizes;
  std::size_t values = 1;
  for (std::size_t d = 0; d < magic[3]; ++d) {
    const auto bytes = read_four(file);
    sizes.push_back(std::size_t{bytes[0]} << 24 | std::size_t{bytes[1]} << 16 | std::size_t{bytes[2]} << 8 | bytes[3]);
    if (sizes.back() == 0) refuse(file, fmt::format("dimension {} has size 0; sizes are at least 1", d + 1));
    if (sizes.back() > file.most_bytes() / type->bytes / values) {
      refuse(file,
             fmt::format("truncated: {} values are promised, which this file cannot hold", fmt::join(sizes, " x ")));
    }
    values *= sizes.back();
  }
  return header;
}

/// Fills `bytes` with the next of the `promised` values, of which `read_before` have been read.
void read_exactly(GzipReader& file, const ValueType& type, std::vector<std::uint8_t>& bytes, std::size_t read_before,
                  std::size_t promised) {
  const std::size_t got = file.read(bytes.data(), bytes.size());
  if (got == bytes.size()) return;
  refuse(file, fmt::format("truncated: {} of {} values", read_before + got / type.bytes, promised));
}

void refuse_more(GzipReader& file, std::size_t promised) {
  std::uint8_t byte = 0;
  if (file.read(&byte, 1) != 0) refuse(file, fmt::format("more than the {} values promised", promised));
}

std::vector<float> read_values(GzipReader& file, const ValueType& type, std::size_t rows, std::size_t width) {
  std::vector<float> values(rows * width);
  std::vector<std::uint8_t> bytes(width * type.bytes);
  for (std::size_t row = 0; row < rows; ++row) {
    read_exactly(file, type, bytes, row * width, rows * width);
    type.convert(bytes, &values[row * width]);
  }
  const auto odd = std::find_if_not(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
  if (odd != values.end()) {
    refuse(file, fmt::format("value {} is {}; features and labels are finite float32 numbers", odd - values.begin() + 1,
                             *odd));
  }
  refuse_more(file, rows * width);
  return values;
}

/// Bytes stay bytes.
RowFeatures read_features(GzipReader& file, const ValueType& type, std::size_t rows, std::size_t width) {
  constexpr std::uint8_t kUnsignedByte = 0x08;
  if (type.code != kUnsignedByte) return read_values(file, type, rows, width);
  std::vector<std::uint8_t> bytes(rows * width);
  read_exactly(file, type, bytes, 0, bytes.size());
  refuse_more(file, bytes.size());
  return bytes;
}

void check_labels(const GzipReader& file, const std::vector<float>& labels) {
  for (const float label : labels) {
    if (label < 0 || label != std::floor(label) || label >= static_cast<float>(kMostClasses))
      refuse(file, fmt::format("label {}; class numbers are whole, from 0 to {}", label, kMostClasses - 1));
  }
}

}  // namespace

LoadedRows load_idx(const std::string& images_path, const std::string& labels_path) {
  GzipReader images(images_path), labels(labels_path);
  const Header of_images = read_header(images, 2, 4), of_labels = read_header(labels, 1, 1);
  const std::size_t rows = of_images.sizes.front(), labelled = of_labels.sizes.front();
  if (labelled != rows) refuse(labels, fmt::format("{} labels for the {} images of {}", labelled, rows, images_path));

  std::size_t width = 1;
  for (std::size_t d = 1; d < of_images.sizes.size(); ++d) width *= of_images.sizes[d];
  LoadedRows loaded{.width = width,
                    .rows = {.count = rows,
                             .features = read_features(images, *of_images.type, rows, width),
                             .targets = read_values(labels, *of_labels.type, rows, 1)}};
  check_labels(labels, loaded.rows.targets);
  return loaded;
}

}  // namespace tandem

#include "app/store/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "core/config/json_mistake.h"
#include "core/errors.h"

namespace tandem {
namespace {

constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kLongestHeader = std::size_t{16} << 20;
constexpr const char* kMetadata = "__metadata__";

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& what) {
  throw UsageError(fmt::format("{}: is not a safetensors file that can be read: {}", file.string(), what));
}

std::string little_endian(std::uint64_t number) {
  std::string bytes;
  for (std::size_t i = 0; i < kLengthBytes; ++i) bytes += static_cast<char>(number >> (8 * i) & 0xff);
  return bytes;
}

std::uint64_t number_of(std::string_view little_endian_bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i) {
    number |= static_cast<std::uint64_t>(static_cast<unsigned char>(little_endian_bytes[i])) << (8 * i);
  }
  return number;
}

Json parse_header(std::string_view content, const std::filesystem::path& file) {
  if (content.size() < kLengthBytes) {
    refuse(file, fmt::format("it has {} bytes; the length of the header alone takes {}", content.size(), kLengthBytes));
  }
  const std::uint64_t length = number_of(content);
  const std::uint64_t most = std::min<std::uint64_t>(content.size() - kLengthBytes, kLongestHeader);
  if (length > most) refuse(file, fmt::format("its header is said to have {} bytes; at most {} can be", length, most));
  const std::string_view text = content.substr(kLengthBytes, length);
  if (const auto byte = first_too_deep(text)) {
    refuse(file, fmt::format("byte {} of its header: more than {} levels of nesting", *byte + 1, kDeepestJson));
  }
  Json header;
  try {
    header = Json::parse(text);
  } catch (const Json::parse_error& error) {
    refuse(file, fmt::format("byte {} of its header is not valid JSON: {}", error.byte, in_plain_words(error)));
  }
  if (!header.is_object()) refuse(file, "its header is not a JSON object");
  return header;
}

// The entry's place in the values must begin where the one before it ended.
StoredTensor parse_tensor(const std::string& name, const Json& entry, std::string_view values, std::size_t begin,
                          const std::filesystem::path& file) {
  try {
    StoredTensor tensor{.name = name, .type = entry.at("dtype").get<std::string>()};
    // The library would take 1.5 for 1.
    for (const char* key : {"shape", "data_offsets"}) {
      const Json& list = entry.at(key);
      const auto is_whole = [](const Json& one) { return one.is_number_unsigned(); };
      if (list.is_array() && std::all_of(list.begin(), list.end(), is_whole)) continue;
      refuse(file,
             fmt::format("entry \"{}\": {}: a list of whole numbers is expected, not {}", name, key, list.dump()));
    }
    const auto shape = entry.at("shape").get<std::vector<std::size_t>>();
    const auto offsets = entry.at("data_offsets").get<std::array<std::size_t, 2>>();
    const std::size_t size = size_of_tensor_type(tensor.type);
    if (size == 0) refuse(file, fmt::format("entry \"{}\" has values of type {}", name, tensor.type));
    if (shape.size() > 1) refuse(file, fmt::format("entry \"{}\" has {} dimensions, not one", name, shape.size()));
    tensor.count = shape.empty() ? 1 : shape.front();
    if (offsets[0] != begin || offsets[1] < begin || offsets[1] > values.size()) {
      refuse(file, fmt::format("entry \"{}\" lies at bytes {} to {}; expected from {}, and the file has {}", name,
                               offsets[0], offsets[1], begin, values.size()));
    }
    const std::size_t bytes = offsets[1] - begin;
    if (bytes % size != 0 || bytes / size != tensor.count) {
      refuse(file, fmt::format("entry \"{}\" has {} bytes; {} values of {} take others", name, bytes, tensor.count,
                               tensor.type));
    }
    tensor.bytes = values.substr(begin, bytes);
    return tensor;
  } catch (const Json::exception& error) {
    refuse(file, fmt::format("entry \"{}\": {}", name, in_plain_words(error)));
  }
}

}  // namespace

std::size_t size_of_tensor_type(std::string_view type) {
  if (type == "F32") return 4;
  if (type == "F16" || type == "BF16") return 2;
  if (type == "I64") return 8;
  return type == "I8" || type == "U8" ? 1 : 0;
}

std::string safetensors_header(const std::vector<StoredTensor>& tensors,
                               const std::map<std::string, std::string>& metadata) {
  Json header = Json::object();
  header[kMetadata] = metadata;
  std::size_t begin = 0;
  for (const StoredTensor& tensor : tensors) {
    const std::size_t end = begin + tensor.bytes.size();
    header[tensor.name] = {{"dtype", tensor.type}, {"shape", {tensor.count}}, {"data_offsets", {begin, end}}};
    begin = end;
  }
  std::string text = header.dump();
  // Values begin at a multiple of eight bytes.
  while (text.size() % kLengthBytes != 0) text += ' ';
  return little_endian(text.size()) + text;
}

const StoredTensor* Tensors::find(std::string_view name) const {
  const auto found =
      std::find_if(tensors.begin(), tensors.end(), [&](const StoredTensor& one) { return one.name == name; });
  return found == tensors.end() ? nullptr : &*found;
}

Tensors parse_safetensors(std::string_view content, const std::filesystem::path& file) {
  const Json header = parse_header(content, file);
  const std::string_view values = content.substr(kLengthBytes + number_of(content));
  Tensors parsed;
  std::size_t begin = 0;
  for (const auto& [name, entry] : header.items()) {
    if (name == kMetadata) {
      for (const auto& [key, value] : entry.items()) {
        if (!value.is_string()) refuse(file, fmt::format("its metadata \"{}\" is not a text", key));
        parsed.metadata[key] = value.get<std::string>();
      }
      continue;
    }
    parsed.tensors.push_back(parse_tensor(name, entry, values, begin, file));
    begin += parsed.tensors.back().bytes.size();
  }
  if (begin != values.size()) {
    refuse(file, fmt::format("its entries have {} bytes, and {} follow the header", begin, values.size()));
  }
  return parsed;
}

}  // namespace tandem

// Named arrays in one file, in the layout of Hugging Face's safetensors: the length of the header (8 bytes,
// little-endian), the header as JSON, then the raw values. Python reads it with safetensors.numpy.load_file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// "F32", "F16", "BF16", "I8", "U8", "I64".
struct StoredTensor {
  std::string name;
  std::string type;
  std::size_t count = 0;  ///< values; one dimension
  std::string_view bytes;
};

/// The size of one value; 0 for a type that is not among those above.
std::size_t size_of_tensor_type(std::string_view type);

/// The header of a file of these tensors, with its length before it. The tensors' bytes follow it one after the other.
std::string safetensors_header(const std::vector<StoredTensor>& tensors,
                               const std::map<std::string, std::string>& metadata);

struct Tensors {
  std::vector<StoredTensor> tensors;  ///< their bytes lie in the text that was parsed
  std::map<std::string, std::string> metadata;

  /// Null if there is none of this name.
  const StoredTensor* find(std::string_view name) const;
};

/// The tensors of a whole file's content, which must outlive them. `file` is what errors call it. Throws UsageError
/// that names the entry, what was expected and what was found: lengths are checked before any of them is believed.
Tensors parse_safetensors(std::string_view content, const std::filesystem::path& file);

}  // namespace tandem

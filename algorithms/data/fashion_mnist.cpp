#include <fmt/format.h>

#include <filesystem>

#include "algorithms/data/loaders.h"
#include "core/errors.h"

namespace tandem {
namespace {

LoadedRows load_part(const std::string& directory, const std::string& part) {
  const std::string images = fmt::format("{}/{}-images-idx3-ubyte.gz", directory, part);
  const std::string labels = fmt::format("{}/{}-labels-idx1-ubyte.gz", directory, part);
  for (const std::string& path : {images, labels}) {
    if (!std::filesystem::exists(path)) {
      throw UsageError(
          fmt::format("fashion-mnist: {} is missing; install it with: apt install dataset-fashion-mnist", path));
    }
  }
  return load_idx(images, labels);
}

}  // namespace

FashionMnist load_fashion_mnist(bool with_test, const std::string& directory) {
  FashionMnist loaded{.train = load_part(directory, "train")};
  if (with_test) loaded.test = load_part(directory, "t10k");
  return loaded;
}

}  // namespace tandem

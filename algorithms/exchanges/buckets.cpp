#include "algorithms/exchanges/buckets.h"

namespace tandem {

std::vector<Range> plan_buckets(const Model& model, const LoopOptions& options) {
  const std::size_t layers = model.layers.size();
  if (options.bucket_bytes == 0 && !options.overlap) return {{0, layers}};

  std::vector<Range> buckets;
  Range open{layers, layers};
  std::size_t open_bytes = 0;
  for (std::size_t layer = layers; layer-- > 0;) {
    const auto bytes =
        static_cast<std::size_t>(model.wire_bytes(static_cast<double>(bytes_of(model.layers[layer].parameters))));
    if (open.size() > 0 && open_bytes + bytes > options.bucket_bytes) {
      buckets.push_back(open);
      open = {open.begin, open.begin};
      open_bytes = 0;
    }
    open.begin = layer;
    open_bytes += bytes;
  }
  if (open.size() > 0) buckets.push_back(open);
  return buckets;
}

}  // namespace tandem

#include "algorithms/exchanges/whole_tensors.h"

#include <algorithm>

namespace tandem {

std::vector<Range> tensors_of(const Model& model) {
  std::vector<Range> tensors;
  for (const Layer& layer : model.layers) {
    const std::size_t end = layer.offset + layer.parameters, weights = layer.inputs * layer.outputs;
    const bool is_dense = weights + layer.outputs == layer.parameters;
    const std::size_t biases = is_dense ? layer.offset + weights : end;
    for (const Range& tensor : {Range{layer.offset, biases}, Range{biases, end}}) {
      if (tensor.size() > 0) tensors.push_back(tensor);
    }
  }
  return tensors;
}

std::vector<OwnedTensor> dealt_out(const Model& model, int owners) {
  std::vector<Range> tensors = tensors_of(model);
  std::stable_sort(tensors.begin(), tensors.end(), [](const Range& a, const Range& b) { return a.size() > b.size(); });
  std::vector<std::size_t> held(static_cast<std::size_t>(owners), 0);
  std::vector<OwnedTensor> dealt;
  for (const Range& tensor : tensors) {
    const auto emptiest = std::min_element(held.begin(), held.end());
    *emptiest += tensor.size();
    dealt.push_back({tensor, static_cast<int>(emptiest - held.begin())});
  }
  return dealt;
}

}  // namespace tandem

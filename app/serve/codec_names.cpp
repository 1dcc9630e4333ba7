#include "app/serve/codec_names.h"

#include "algorithms/codecs/codec.h"

namespace tandem {

std::vector<std::string> codec_names() { return all_codecs().names(); }

}  // namespace tandem

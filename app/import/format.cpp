#include "app/import/format.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tandem {

const ImportFormat& format_of(const InputFile& input) {
  const ImportFormat* found = nullptr;
  for (const ImportFormat& format : import_formats()) {
    if (!format.recognises(input.head())) continue;
    if (found != nullptr)
      input.refuse(fmt::format("this may be {} or {}; say which with --as", found->name, format.name));
    found = &format;
  }
  if (found == nullptr)
    input.refuse(
        fmt::format("no format is known by this content; there are: {}", fmt::join(import_formats().names(), ", ")));
  return *found;
}

}  // namespace tandem

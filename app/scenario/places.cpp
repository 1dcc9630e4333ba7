#include "app/scenario/places.h"

#include <algorithm>
#include <charconv>

namespace tandem {
namespace {

/// A value and where it is named: at its key, or the list item itself.
struct Named {
  const Value* value;
  Position place;
};

/// What "key" or "[0]" names in a value; a null value when there is none.
Named find_part(const Value& value, std::string_view part) {
  if (!part.starts_with('[')) {
    const Entry* entry = value.find(part);
    return entry != nullptr ? Named{&entry->value, entry->position} : Named{nullptr, {}};
  }
  std::size_t index = 0;
  std::from_chars(part.data() + 1, part.data() + part.size(), index);
  if (index >= value.items.size()) return {nullptr, {}};
  return {&value.items[index], value.items[index].position};
}

}  // namespace

Position Places::of(std::string_view path) const {
  Named found{&tree_, tree_.position};
  while (!path.empty()) {
    const std::size_t end = std::min(path.find_first_of(".[", 1), path.size());
    const Named inner = find_part(*found.value, path.substr(0, end));
    if (inner.value == nullptr) break;
    found = inner;
    path.remove_prefix(end);
    if (path.starts_with('.')) path.remove_prefix(1);
  }
  return found.place;
}

void Places::refuse(const Conflict& conflict) const {
  Diagnostics diagnostics;
  diagnostics.add({of(conflict.path), conflict.reason, {}, conflict.allowed});
  diagnostics.throw_if_any();
  broken_invariant("a mistake was not thrown");
}

}  // namespace tandem

// A table of keys as a JSON Schema for editors and as a reference page for people.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "core/config/keys.h"

namespace tandem {

/// JSON Schema (draft 2020-12) of a file with these keys, for completion and checks in an editor.
nlohmann::ordered_json schema_of_file(const std::string& title, const TypeInfo& type);

/// The reference page in Markdown: every key with its type, default and meaning.
std::string reference_of(const TypeInfo& type);

}  // namespace tandem

// The tables of keys of scenarios and profiles, as schemas for editors and as references for people.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace tandem {

/// JSON Schema (draft 2020-12) of a scenario file, for completion and checks in an editor.
nlohmann::ordered_json scenario_schema();
/// The reference page in Markdown: every key with its type, default and meaning.
std::string keys_reference();

/// The same two for a profile's file.
nlohmann::ordered_json profile_schema();
std::string profile_keys_reference();

}  // namespace tandem

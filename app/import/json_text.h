// JSON that somebody brings, with errors that name the line.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "app/import/input.h"

namespace tandem {

/// Throws ScenarioError with the line where `text` is no JSON, or nested more than 64 levels deep.
nlohmann::json parse_json(const std::string& text, const InputFile& input);

/// Whether a text begins as a JSON object does.
bool is_json_object(std::string_view head);

/// The line (from 1) of a byte.
std::size_t line_of(const std::string& text, std::size_t byte);

}  // namespace tandem

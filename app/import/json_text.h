// JSON that somebody brings, with errors that name the line.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "app/import/input.h"
#include "core/config/json_mistake.h"

namespace tandem {

/// Throws ScenarioError with the line and column where `text` is no JSON, or nested more than 64 levels deep.
nlohmann::json parse_json(const std::string& text, const InputFile& input);

/// JSON that stands as a text within JSON, whose place in the file is not known. Throws nlohmann::json::exception.
nlohmann::json parse_inner_json(const std::string& text, const InputFile& input);

/// Whether a text begins as a JSON object does.
bool is_json_object(std::string_view head);

/// The line (from 1) of a byte.
std::size_t line_of(const std::string& text, std::size_t byte);

}  // namespace tandem

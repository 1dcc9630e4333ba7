// A student's file becomes a shared object, and that an answer.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "app/lab/answer.h"

namespace tandem::lab {

/// The command that builds a student's file, for people and for Makefiles.
std::string build_command(const std::filesystem::path& source, const std::filesystem::path& library);

/// Compiles, in a process with limits. Returns what the compiler says where it does not succeed.
std::optional<std::string> build_library(const std::filesystem::path& source, const std::filesystem::path& library);

/// Loads it into this process, for good: its static constructors run. Throws RunFailed where it is no answer.
Answer load_answer(const std::filesystem::path& library);

}  // namespace tandem::lab

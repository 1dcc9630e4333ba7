// Where the lab's handouts are, and the headers that a student's file is compiled with: beside an installed program, or
// in the tree that it was built from.
#pragma once

#include <filesystem>

namespace tandem::lab {

std::filesystem::path headers_folder();
std::filesystem::path handouts_folder();

}  // namespace tandem::lab

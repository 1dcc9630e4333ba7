#include "app/lab/library.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <system_error>
#include <vector>

#include "app/lab/build_settings.h"
#include "app/lab/confined.h"
#include "app/lab/folders.h"
#include "core/errors.h"
#include "core/process/program.h"

namespace tandem::lab {
namespace {

std::vector<std::string> compiler_words(const std::string& source, const std::string& library) {
  return {kCompiler, "-std=c++20", "-O1", "-g1", "-Wall", "-Wextra", "-ffp-contract=off", "-fPIC", "-shared",
          // What the student defines never replaces what the program has, nor the other way round.
          "-Wl,-Bsymbolic", "-fvisibility-inlines-hidden", "-I", headers_folder(), source, "-o", library};
}

}  // namespace

std::string build_command(const std::filesystem::path& source, const std::filesystem::path& library) {
  return fmt::format("{}", fmt::join(compiler_words(source, library), " "));
}

std::optional<std::string> build_library(const std::filesystem::path& source, const std::filesystem::path& library) {
  constexpr Limits kCompiling{.processor_s = 60, .wall_s = 120, .memory_bytes = 2UL << 30, .file_bytes = 64UL << 20};
  const Confined compiled = run_confined(kCompiling, [&] {
    const ProgramResult result = run_program(compiler_words(source, library), {.timeout_s = kCompiling.wall_s});
    return result.end.is_success() ? std::string() : result.errors + result.output + result.end.text();
  });
  if (compiled.how != Ending::finished) return fmt::format("the compiler {}", compiled.why);
  if (compiled.result.empty()) return std::nullopt;
  return compiled.result;
}

Answer load_answer(const std::filesystem::path& library) {
  void* const loaded = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (loaded == nullptr) throw RunFailed(fmt::format("the file uses what is not there: {}", dlerror()));
  void* const found = dlsym(loaded, "answer");
  if (found == nullptr) throw RunFailed("the file has no function: extern \"C\" void answer(Answer& mine)");
  Answer mine;
  reinterpret_cast<void (*)(Answer&)>(found)(mine);
  return mine;
}

}  // namespace tandem::lab

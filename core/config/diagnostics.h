// All mistakes of a scenario, collected and written for people: place, line, caret, what is allowed.
#pragma once

#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/errors.h"

namespace tandem {

/// A text that positions point into: a scenario file, or one `-s key=value` of the command line.
struct Source {
  std::string name;  ///< the path as given, or "-s key=value"
  std::string text;
  bool is_override = false;
};

/// A place in a source; line and column count from 0, column in bytes. No line: the source as a whole.
struct Position {
  static constexpr int kNoLine = -1;
  const Source* source = nullptr;
  int line = kNoLine;
  int column = 0;
};

/// One mistake.
struct Diagnostic {
  Position position;
  std::string text;
  std::string suggestion;  ///< "did you mean"; may be empty
  std::string allowed;     ///< may be empty
};

/// The scenario cannot be used. what() is the whole text for the terminal, at most 20 mistakes and "and N more".
class ScenarioError : public UsageError {
 public:
  ScenarioError(const std::string& what, std::size_t count) : UsageError(what), count_(count) {}
  std::size_t count() const { return count_; }

 private:
  std::size_t count_;
};

class Diagnostics {
 public:
  /// A mistake that is reported twice is kept once: grid points share most of their text.
  void add(Diagnostic diagnostic);
  std::size_t count() const { return kept_.size(); }
  bool empty() const { return kept_.empty(); }
  /// Throws ScenarioError when there is any, file by file in the order of their places, overrides last.
  void throw_if_any() const;

 private:
  std::vector<Diagnostic> kept_;
  std::set<std::string> seen_;
};

/// "file:line:column: error: text", the line, a caret, and hints.
std::string format(const Diagnostic& diagnostic);

}  // namespace tandem

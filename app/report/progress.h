// Progress on stderr. On a terminal one line that is rewritten; elsewhere a whole line now and then, so that a log
// stays short.
#pragma once

#include <cstddef>
#include <cstdio>
#include <functional>
#include <string>

namespace tandem {

/// Driven by the caller's loop; nothing is printed between calls. `now_s` is any steady clock.
class Progress {
 public:
  Progress(std::FILE* out, bool is_terminal, std::function<double()> now_s);

  void start(std::size_t total);
  /// The run `label` has begun.
  void begin(const std::string& label);
  /// The i-th run (from 0) ended after wall_s seconds.
  void finished(std::size_t i, const std::string& label, double wall_s);
  /// Refreshes a terminal's line (elapsed time, ETA); call as often as you like.
  void tick();
  /// A line for people that stays, above the progress line.
  void note(const std::string& text);
  /// Removes the terminal's line, so that the answer starts on a clean one.
  void end();

 private:
  std::string line() const;
  void rewrite();
  void print_line(const std::string& text);

  std::FILE* out_;
  bool is_terminal_;
  std::function<double()> now_s_;
  std::size_t total_ = 0, done_ = 0;
  std::string current_;
  double start_s_ = 0, last_print_s_ = 0;
};

/// "0:42", "12:05", "1:02:03".
std::string duration_text(double seconds);

}  // namespace tandem

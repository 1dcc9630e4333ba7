#include "app/report/progress.h"

#include <fmt/format.h>

#include <cmath>

namespace tandem {
namespace {

constexpr double kRefresh_s = 0.1;  ///< between updates of a terminal's line
constexpr double kLogEvery_s = 5;   ///< between lines elsewhere
constexpr std::size_t kTerminalColumns = 78;

}  // namespace

std::string duration_text(double seconds) {
  const long whole = std::lround(seconds);
  const long hours = whole / 3600, minutes = whole / 60 % 60, rest = whole % 60;
  return hours > 0 ? fmt::format("{}:{:02}:{:02}", hours, minutes, rest) : fmt::format("{}:{:02}", minutes, rest);
}

Progress::Progress(std::FILE* out, bool is_terminal, std::function<double()> now_s)
    : out_(out), is_terminal_(is_terminal), now_s_(std::move(now_s)) {}

void Progress::start(std::size_t total) {
  total_ = total;
  done_ = 0;
  start_s_ = last_print_s_ = now_s_();
  if (is_terminal_) rewrite();
}

void Progress::begin(const std::string& label) {
  current_ = label;
  if (is_terminal_) rewrite();
}

void Progress::finished(std::size_t i, const std::string& label, double wall_s) {
  ++done_;
  current_ = fmt::format("{} took {:.1f} s", label, wall_s);
  if (is_terminal_) {
    rewrite();
  } else if (done_ == total_ || now_s_() - last_print_s_ >= kLogEvery_s) {
    print_line(fmt::format("{} (run {})", line(), i + 1));
  }
}

void Progress::tick() {
  const double since = now_s_() - last_print_s_;
  if (is_terminal_ && since >= kRefresh_s) rewrite();
  if (!is_terminal_ && since >= kLogEvery_s) print_line(line());
}

void Progress::note(const std::string& text) {
  if (is_terminal_) fmt::print(out_, "\r\x1b[K");
  fmt::print(out_, "{}\n", text);
  if (is_terminal_ && total_ > 0) rewrite();
}

void Progress::end() {
  if (is_terminal_) fmt::print(out_, "\r\x1b[K");
  std::fflush(out_);
}

std::string Progress::line() const {
  const double elapsed_s = now_s_() - start_s_;
  std::string text = fmt::format("{}/{} runs, {}", done_, total_, duration_text(elapsed_s));
  // Estimated from the mean time so far. Runs differ in size, so it is rough, but good enough to decide whether to
  // wait.
  if (done_ > 0 && done_ < total_) {
    text += fmt::format(", about {} left",
                        duration_text(elapsed_s / static_cast<double>(done_) * static_cast<double>(total_ - done_)));
  }
  if (!current_.empty()) text += fmt::format(": {}", current_);
  return text;
}

void Progress::rewrite() {
  fmt::print(out_, "\r{}\x1b[K", line().substr(0, kTerminalColumns));
  std::fflush(out_);
  last_print_s_ = now_s_();
}

void Progress::print_line(const std::string& text) {
  fmt::print(out_, "{}\n", text);
  std::fflush(out_);
  last_print_s_ = now_s_();
}

}  // namespace tandem

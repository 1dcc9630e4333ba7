// What the processes of an attempt are told of it, where they are no children of the one that plans it.
#pragma once

#include <filesystem>
#include <string>

#include "app/run/execute.h"

namespace tandem {

/// One line, with the failures and the change of the number of workers that are planned for it.
std::string text_of_attempt(const Run& run);

/// The run's folder that the text names. Throws RunFailed where it is none.
std::filesystem::path folder_in(const std::string& text);

/// Which clock this machine has: processes with the same text have the same.
std::string clock_here();
/// The clock on which the times in a text count.
std::string clock_in(const std::string& text);

/// Whose clock the times in a text count on: this machine's, or that of a machine that has just sent it.
enum class TextClock { own, senders };

/// Makes the run the attempt that the text tells of. Throws RunFailed where it is none.
void take_up_attempt(Run& run, const std::string& text, TextClock clock);

}  // namespace tandem

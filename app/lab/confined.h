// Code that nobody has checked runs here: in a child process that has so much of everything and no more. What it does
// to itself becomes a word, never a hang of the caller.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace tandem::lab {

struct Limits {
  double processor_s = 5;                  ///< per process, rounded up to whole seconds
  double wall_s = 30;                      ///< after which everything is killed
  std::size_t memory_bytes = 512UL << 20;  ///< that a process may write to
  std::size_t file_bytes = 16UL << 20;     ///< per file, what it prints included
};

enum class Ending { finished, crashed, processor_time, memory, file_size, wall_time, left };

struct Confined {
  Ending how = Ending::finished;
  std::string result;           ///< what the body returned
  std::string why;              ///< for people, where it has not finished; the same for the same code
  std::string printed;          ///< the end of what it wrote to its standard streams
  bool network_closed = false;  ///< only loopback could be reached
};

/// Runs `body` in a child process, with no network but a loopback of its own where the system allows that, and kills
/// what is left of its process group. An exception's text becomes `why`. The caller must have one thread only.
Confined run_confined(const Limits& limits, const std::function<std::string()>& body);

/// Makes the limits those of this process. For programs that are started, such as a compiler.
void confine(const Limits& limits);

}  // namespace tandem::lab

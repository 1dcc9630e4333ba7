#include "core/process/program.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>

namespace tandem {
namespace {

struct Pipe {
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "no pipe");
    reading = FileDescriptor(ends[0]);
    writing = FileDescriptor(ends[1]);
  }
  FileDescriptor reading, writing;
};

// The input is a file in memory, so that writing it never waits for the program to read it.
FileDescriptor file_with(const std::string& text) {
  FileDescriptor file(memfd_create("input", MFD_CLOEXEC));
  if (!file || write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    throw std::system_error(errno, std::generic_category(), "no memory for a program's input");
  lseek(file.get(), 0, SEEK_SET);
  return file;
}

// Reads what is available; false at the end of the file.
bool read_some(int descriptor, std::string& text) {
  char block[4096];
  const ssize_t got = read(descriptor, block, sizeof block);
  if (got > 0) text.append(block, static_cast<std::size_t>(got));
  return got > 0 || (got < 0 && errno == EINTR);
}

}  // namespace

ProgramResult run_program(const std::vector<std::string>& words, const ProgramOptions& options) {
  const FileDescriptor input = file_with(options.input);
  Pipe output, errors;
  Child child = start_program(words, {.leads_group = true,
                                      .input = input.get(),
                                      .output = output.writing.get(),
                                      .errors = errors.writing.get(),
                                      .folder = options.folder});
  output.writing.reset();
  errors.writing.reset();

  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + std::chrono::duration<double>(options.timeout_s);
  ProgramResult result;
  pollfd entries[] = {{output.reading.get(), POLLIN, 0}, {errors.reading.get(), POLLIN, 0}};
  std::string* texts[] = {&result.output, &result.errors};
  while (entries[0].fd >= 0 || entries[1].fd >= 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) {
      result.ended_in_time = false;
      break;
    }
    if (poll(entries, 2, static_cast<int>(left.count())) <= 0) continue;
    for (int i = 0; i < 2; ++i) {
      // poll ignores a negative descriptor.
      if (entries[i].fd >= 0 && entries[i].revents != 0 && !read_some(entries[i].fd, *texts[i])) entries[i].fd = -1;
    }
  }
  if (!result.ended_in_time) child.end(0);
  result.end = child.wait();
  return result;
}

}  // namespace tandem

#include "app/lab/confined.h"

#include <fmt/format.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>

#include "core/errors.h"
#include "core/process/child.h"

namespace tandem::lab {
namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

File temporary_file() {
  File file(std::tmpfile(), std::fclose);
  if (file == nullptr) throw RunFailed("no temporary file can be made");
  return file;
}

std::string content_of(std::FILE* file, std::size_t at_most) {
  std::fseek(file, 0, SEEK_END);
  const long size = std::ftell(file), begin = std::max(0L, size - static_cast<long>(at_most));
  std::fseek(file, begin, SEEK_SET);
  std::string text(static_cast<std::size_t>(size - begin), '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file));
  return text;
}

// Beyond the first bound a process gets a signal that says why; beyond the second, where there are two, it is killed.
void limit(int resource, double value, double more = 0) {
  const rlimit both{static_cast<rlim_t>(std::ceil(value)), static_cast<rlim_t>(std::ceil(value + more))};
  if (setrlimit(resource, &both) != 0) throw RunFailed(fmt::format("a limit cannot be set: {}", std::strerror(errno)));
}

// A new network namespace has a loopback that is down, and nothing else.
bool close_network() {
  if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0 && unshare(CLONE_NEWNET) != 0) return false;
  die_with_parent();  // forgotten by the system when credentials change
  const FileDescriptor any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq loopback{};
  std::strncpy(loopback.ifr_name, "lo", sizeof loopback.ifr_name - 1);
  loopback.ifr_flags = IFF_UP;
  return ioctl(any.get(), SIOCSIFFLAGS, &loopback) == 0;
}

// First character of a result: whether the network was closed; second: how the body ended.
std::string guarded(const std::function<std::string()>& body, bool network_closed) {
  const char network = network_closed ? 'c' : 'o';
  try {
    return fmt::format("{}={}", network, body());
  } catch (const std::bad_alloc&) {
    return fmt::format("{}m", network);
  } catch (const std::exception& error) {
    const std::string text = error.what();
    const bool is_memory = text.find("bad_alloc") != std::string::npos;
    return fmt::format("{}{}{}", network, is_memory ? 'm' : '!', text);
  }
}

std::string memory_text(const Limits& limits) {
  return fmt::format("wants more than {} MiB of memory", limits.memory_bytes >> 20);
}

Confined ended_early(const Limits& limits, const ProcessEnd& end) {
  switch (end.signal) {
    case 0:
      return {.how = Ending::left, .why = fmt::format("ends the whole process (exit code {})", end.code)};
    case SIGXCPU:
      return {
          .how = Ending::processor_time,
          .why = fmt::format("does not end: it has used {:.0f} s of processor time", std::ceil(limits.processor_s))};
    case SIGXFSZ:
      return {.how = Ending::file_size,
              .why = fmt::format("writes or prints more than {} MiB", limits.file_bytes >> 20)};
    default:
      return {.how = Ending::crashed, .why = fmt::format("crashes: {}", strsignal(end.signal))};
  }
}

Confined understood(const Limits& limits, const ProcessEnd& end, const std::string& said) {
  constexpr std::size_t kMarks = 2;
  if (said.size() < kMarks) return ended_early(limits, end);
  Confined confined{.network_closed = said[0] == 'c'};
  const std::string rest = said.substr(kMarks);
  if (said[1] == '=') confined.result = rest;
  if (said[1] == 'm') {
    confined.how = Ending::memory;
    confined.why = memory_text(limits);
  }
  if (said[1] == '!') {
    confined.how = Ending::crashed;
    confined.why = rest;
  }
  // A rank in a process of its own is reported by the process that started it.
  for (const auto& [signal, how] : {std::pair{SIGXCPU, Ending::processor_time}, std::pair{SIGXFSZ, Ending::file_size},
                                    std::pair{SIGSEGV, Ending::crashed}, std::pair{SIGABRT, Ending::crashed}}) {
    if (said[1] != '!' || rest.find(strsignal(signal)) == std::string::npos) continue;
    confined.how = how;
    confined.why = ended_early(limits, {.signal = signal}).why;
  }
  return confined;
}

}  // namespace

void confine(const Limits& limits) {
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_CPU, limits.processor_s, /*more=*/2);
  limit(RLIMIT_FSIZE, static_cast<double>(limits.file_bytes));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  limit(RLIMIT_DATA, static_cast<double>(limits.memory_bytes));
#endif
}

Confined run_confined(const Limits& limits, const std::function<std::string()>& body) {
  const File result = temporary_file(), printed = temporary_file();
  const int output = fileno(printed.get());
  Child child = fork_child({.leads_group = true, .output = output, .errors = output}, [&] {
    const bool network_closed = close_network();
    confine(limits);
    const std::string said = guarded(body, network_closed);
    std::fwrite(said.data(), 1, said.size(), result.get());
    return std::fflush(result.get());
  });
  const bool in_time = wait_until_readable(std::array{child.descriptor()}, limits.wall_s);
  child.end(/*grace_s=*/0);  // and whatever it has started

  constexpr std::size_t kMostResult = 1 << 20, kMostPrinted = 2000;
  Confined confined =
      in_time ? understood(limits, child.wait(), content_of(result.get(), kMostResult))
              : Confined{.how = Ending::wall_time, .why = fmt::format("does not end within {:.0f} s", limits.wall_s)};
  confined.printed = content_of(printed.get(), kMostPrinted);
  return confined;
}

}  // namespace tandem::lab

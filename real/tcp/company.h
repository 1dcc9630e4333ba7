// Processes that something else has started together: they meet once, and then agree on what to do, run after run.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "real/tcp/join.h"
#include "real/tcp/rendezvous.h"

namespace tandem::tcp {

struct Watch {
  std::vector<int> descriptors;  ///< when one is readable,
  std::function<void()> look;    ///< this is called; it may throw RunFailed
};

class Company {
 public:
  /// Process 0 serves the rendezvous that `meeting` describes, at `address`; all join it there. Blocks until all have
  /// come. Throws RunFailed or ConnectionError saying who has not.
  /// `watch`: what process 0 looks at meanwhile.
  Company(int process, const RendezvousOptions& meeting, const std::string& address, const Token& token,
          const Watch& watch = {});

  /// All processes call it, each with what troubles it (or an empty text), and get the text of the first that is
  /// troubled, or an empty one. Waits as long as it takes. Where a process has gone process 0 throws RunFailed naming
  /// it, and the others hear of it as a trouble.
  std::string first_trouble(const std::string& mine);

 private:
  Mesh mesh_;
};

}  // namespace tandem::tcp

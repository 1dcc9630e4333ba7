// Where the ranks of a run find each other: admits every rank once, tells all where to find the others, and starts them
// together once every pair is connected.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "real/tcp/gate.h"

namespace tandem::tcp {

struct RendezvousOptions {
  std::string listen = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: any free one
  int size = 1;
  double timeout_s = 60;                        ///< until all ranks must have come and be connected
  std::function<void(const std::string&)> say;  ///< told now and then who is still missing; may be empty
  double first_word_s = 3, next_word_s = 10;    ///< when, and then how often
};

class Rendezvous {
 public:
  /// Listens from here on. Throws UsageError when the address is not to be had.
  Rendezvous(RendezvousOptions options, const Token& token);

  std::uint16_t port() const { return gate_.port(); }
  /// Stops listening; serve does so by itself once all are started. For a forked copy that shall not hold the port.
  void close() { gate_.close(); }

  /// Blocks until every rank was started (true) or one of the `watched` descriptors is readable (false: call again).
  /// Throws RunFailed naming the ranks that did not come in time.
  bool serve(std::span<const int> watched = {});

 private:
  struct Member {
    FileDescriptor socket;
    std::string address;
    std::uint16_t port = 0;
    Nonce nonce{};
    bool connected = false;  ///< with all its peers
  };
  bool wait_for_events(std::span<const int> watched);
  void admit_members();
  void read_members();
  void send_table();
  std::string refusal(const Claim& claim) const;
  std::string names_of_missing() const;
  void say_who_is_missing();

  RendezvousOptions options_;
  Token token_;
  std::vector<Member> members_;
  Gate gate_;
  Clock::time_point opened_;
  Deadline deadline_;
  Clock::time_point next_word_;
  bool table_sent_ = false;
  std::vector<pollfd> entries_;
};

/// "rank 3", "ranks 0, 2 and 5 more"
std::string name_ranks(const std::vector<int>& ranks);

}  // namespace tandem::tcp

// Where the ranks of a run find each other: admits every rank once, sends all of them the table of addresses, and
// starts them together once every pair is connected.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "real/tcp/admission.h"

namespace tandem::tcp {

struct RendezvousOptions {
  std::string listen = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: any free one
  int size = 1;
  double timeout_s = 60;  ///< for all ranks to join and to be connected
  /// Called with a sentence that names the missing ranks, `first_notice_s` after the start and then once per
  /// `notice_interval_s`; may be empty.
  std::function<void(const std::string&)> report;
  double first_notice_s = 3, notice_interval_s = 10;
};

class Rendezvous {
 public:
  /// Listens from here on. Throws UsageError when it cannot listen on the address.
  Rendezvous(RendezvousOptions options, const Token& token);

  std::uint16_t port() const { return admission_.port(); }
  /// Stops listening, as serve does once all are started. A forked process calls it so as not to hold the port.
  void close() { admission_.close(); }

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
  void report_missing();

  RendezvousOptions options_;
  Token token_;
  std::vector<Member> members_;
  Admission admission_;
  Clock::time_point opened_;
  Deadline deadline_;
  Clock::time_point next_notice_;
  bool table_sent_ = false;
  std::vector<pollfd> entries_;
};

/// "rank 3", "ranks 0, 2 and 5 more"
std::string name_ranks(const std::vector<int>& ranks);

}  // namespace tandem::tcp

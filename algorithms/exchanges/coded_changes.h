// Values that change, told to others under a codec: not the values travel, but what they have changed since the others
// last heard. The teller keeps what the others know, so that whatever a message leaves out is in the difference that
// the next one codes: this needs no error feedback. (Tang et al., "DoubleSqueeze", ICML 2019; Koloskova, Stich and
// Jaggi, "Decentralized stochastic optimization and gossip algorithms with compressed communication", ICML 2019.)
#pragma once

#include "algorithms/codecs/coding.h"

namespace tandem {

/// The side of whoever has the values. Only with a codec.
class CodedChanges {
 public:
  /// All know the initial values of these parameters. `sender` is as for Coding.
  CodedChanges(const Comm& comm, const Job& job, Range parameters, std::uint64_t sender);

  /// Writes the message of this step about the values: coded, or while the codec warms up the values themselves.
  void write(Comm& comm, std::size_t step, Slice values, Slice message);
  /// They were told the values themselves, by another way than a message of `write`.
  void told(Comm& comm, Slice values);
  /// The values as the others have them.
  Slice known() const { return known_; }
  void describe(State& state);

 private:
  const Job& job_;
  Coding coding_;
  Buffer known_;
};

/// The side of those who hear: `values`, as the teller's `known` was before the message, become what it is after. A
/// message of full values was received into them. `room` has as many values; `coding` codes for the same parameters.
void take_changes(Comm& comm, const Job& job, std::optional<Coding>& coding, std::size_t step, Slice message,
                  Slice values, Slice room);

}  // namespace tandem

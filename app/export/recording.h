// An endpoint that writes down what passes through it, and changes nothing.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/export/program.h"
#include "core/endpoint.h"

namespace tandem {

/// The notes of one rank, which its stacks share. They run one at a time, as in a simulation.
class Recorder {
 public:
  /// `wire_bytes_per_byte`: how large a byte of a slice is on the wire (Model::wire_bytes).
  Recorder(Program& program, double wire_bytes_per_byte)
      : program_(program), wire_bytes_per_byte_(wire_bytes_per_byte) {}

 private:
  friend class RecordingEndpoint;
  using Needs = std::vector<std::uint32_t>;
  /// A message of a rank to itself takes no network: its receiver depends on what its sender depended on.
  struct OwnMessages {
    std::vector<Needs> sent;
    std::vector<std::pair<int, std::uint64_t>> receives;  ///< stack and op, in the order of posting
  };
  Program& program_;
  double wire_bytes_per_byte_;
  std::map<int, OwnMessages> own_messages_;  ///< by tag
};

class RecordingEndpoint : public Endpoint {
 public:
  RecordingEndpoint(Endpoint& inner, Recorder& recorder) : RecordingEndpoint(inner, recorder, 0, {}) {}

  int rank() const override { return inner_.rank(); }
  int size() const override { return inner_.size(); }
  Op isend(int to, int tag, const Meta& meta, Slice data) override;
  Op irecv(int from, int tag, Meta* meta, Slice data, Reception reception) override;
  Completion wait_any(std::span<const Op> ops, double deadline_s) override;
  void cancel(const Op& op) override;
  void compute(const Work& work, const std::function<void()>& body) override;
  double now() override { return inner_.now(); }
  void sleep_until(double time_s) override;
  std::unique_ptr<Task> spawn(std::string name, std::function<void(Endpoint&)> stack) override;

 private:
  class RecordedTask;
  using Needs = Recorder::Needs;

  RecordingEndpoint(Endpoint& inner, Recorder& recorder, int stack, Needs done)
      : inner_(inner), recorder_(recorder), stack_(stack), done_(std::move(done)) {}
  /// Adds an activity that may begin now, and returns its index.
  std::uint32_t begin(Activity activity);
  void end(std::uint32_t activity);
  void end_own_receive(const Op& op);
  void note_message(Activity::Kind kind, const Op& op);
  void need(const Needs& others);
  void compute_for(const Work& work, const std::function<void()>& call);

  Endpoint& inner_;
  Recorder& recorder_;
  int stack_;
  Needs done_;                                     ///< what the next activity needs; what these need is left out
  std::map<std::uint64_t, std::uint32_t> posted_;  ///< op -> its activity
};

}  // namespace tandem

// One vector's coding at one rank: the codec that the scenario chose, its error feedback, and the totals of what comes.
#pragma once

#include "algorithms/codecs/codec.h"
#include "algorithms/job.h"

namespace tandem {

/// The option `codec` of an exchange. Without one, full values travel.
struct CodecOption {
  Choice codec;
};
OptionTable codec_option();

/// The codec of the job's strategy; null without one.
const Choice* codec_choice(const Job& job);
/// Whether the values of this step are coded: not without a codec, and not while it warms up.
bool is_coded(const Job& job, std::size_t step);
/// The steps of the range that are not coded, and those that are.
Range plain_steps(const Job& job, Range steps);
Range coded_steps(const Job& job, Range steps);
/// The traffic of these steps, of which `of_step(is_coded)` is one's.
Traffic traffic_of_steps(const Job& job, Range steps, const std::function<Traffic(bool is_coded)>& of_step);
/// How a message for these parameters looks: the codec's, or full values where the step is not coded.
Form form_of(const Job& job, Range parameters, bool is_coded);
/// The bytes of a coded message for these parameters.
double message_bytes(const Job& job, Range parameters);
/// The bytes that their sender keeps from step to step: what messages left out, and what its coder begins the next
/// with.
double kept_bytes(const Job& job, Range parameters);
/// Why the job's codec cannot be used, for people; empty when it can, or when there is none.
std::optional<std::string> codec_refusal(const Job& job);
/// Why not where messages of some workers alone are added up, for people.
std::optional<std::string> vote_refusal(const Job& job);

/// Whether what a message loses is kept for the next one, where the codec offers that.
enum class Feedback { as_chosen, none };

/// Requires a job with a codec, which outlives it.
class Coding {
 public:
  /// `sender` is unique among those who code these parameters.
  Coding(const Comm& comm, const Job& job, Range parameters, std::uint64_t sender,
         Feedback feedback = Feedback::as_chosen);

  const Form& form() const { return form_; }
  bool sums_in_flight() const { return codec_.summing == Summing::in_flight; }

  /// Codes `values`, which are used up, into `message`, which has the form's values. `reduce`, where given, sums a part
  /// over the ranks in place.
  void encode(Comm& comm, std::size_t step, Slice values, Slice message,
              const std::function<void(Slice part)>& reduce = {});

  // A total is begun, messages are added in an order that all ranks keep, and it is concluded.
  void begin(Comm& comm, Slice total) const;
  /// `step` is the one that the message was coded in.
  void add(Comm& comm, std::size_t step, Slice message, Slice total);
  void conclude(Comm& comm, Slice total) { coder_->conclude(comm, total); }
  /// All three, for one message.
  void decode(Comm& comm, std::size_t step, Slice message, Slice values);

  void describe(State& state);

 private:
  Turn turn(std::size_t step) const { return {seed_, range_.begin, sender_, step}; }

  const Codec& codec_;
  std::uint64_t seed_, sender_;
  Range range_;
  Form form_;
  std::unique_ptr<Coder> coder_;
  std::optional<Buffer> residual_;
};

}  // namespace tandem

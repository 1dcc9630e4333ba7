// A codec makes a vector of gradients, or of differences between parameters, small for the wire. One codec is one file,
// without a header: it defines a function, named after the file, that returns the codec's row. What is the same for all
// (error feedback, the sum over ranks, pushes and pulls) is written once, in coding.h and in exchanges/.
//
// A message has a size that follows from the vector alone, so that traffic has a closed form. It is made in parts,
// usually one. Where a codec sums in flight, each part is summed over the ranks before the next is made.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "algorithms/model/model.h"
#include "algorithms/training.h"
#include "core/comm.h"
#include "core/config/choice.h"
#include "core/registry.h"

namespace tandem {

/// A matrix (row-major) or, with one row, a vector: what of a layer lies in the parameters that are coded.
struct Tensor {
  std::size_t offset = 0;  ///< from the first of these parameters
  std::size_t rows = 1, columns = 0;
  std::size_t count() const { return rows * columns; }
};

/// What is coded as one: a bucket, a server's shard, or all parameters.
struct CodedVector {
  Range range;                  ///< the model's parameters that it holds
  std::vector<Tensor> tensors;  ///< that cover it, in order
};

/// Layers are matrices of weights and vectors of biases. A matrix that the range cuts is whole rows, and vectors before
/// and after them. A layer of which only the size is known is the most nearly square matrix: the one with the smallest
/// factors.
CodedVector coded_vector(const Model& model, Range range);

/// How a message looks.
struct Form {
  Element element = Element::f32;
  std::vector<std::size_t> parts;  ///< values of each
  std::size_t count() const;       ///< all parts together
};

/// The parts of a message that lies in one piece.
std::vector<Slice> parts_of(const Form& form, Slice message);

/// The key of a message's random numbers.
struct Turn {
  std::uint64_t seed = 0;
  std::size_t offset = 0;    ///< where the vector begins in the model
  std::uint64_t sender = 0;  ///< unique among those who code this vector
  std::size_t step = 0;

  std::mt19937_64 stream_of_all() const;     ///< the same for all senders
  std::mt19937_64 stream_of_sender() const;  ///< another one for each
};

/// Codes one vector, step after step, for one sender; and decodes what other senders' coders made of theirs.
class Coder {
 public:
  virtual ~Coder() = default;

  /// Writes part `part` of the message. The parts before it are as they were written, or sums over the ranks.
  virtual void encode(Comm& comm, const Turn& turn, Slice values, std::size_t part, std::span<const Slice> message) = 0;
  /// total += what the message says. `turn` is the sender's, but for its number.
  virtual void add(Comm& comm, const Turn& turn, std::span<const Slice> message, Slice total) = 0;
  /// All messages have been added: what is still to be made of their total.
  virtual void conclude([[maybe_unused]] Comm& comm, [[maybe_unused]] Slice total) {}
  /// The message, or the sum, has been decoded: what the next one begins with.
  virtual void keep([[maybe_unused]] std::span<const Slice> message) {}
  /// Adds what it keeps from step to step.
  virtual void describe([[maybe_unused]] State& state) {}
};

/// How messages of several ranks become one total.
enum class Summing {
  in_flight,  ///< the sum of the messages is the message of the sum: a collective adds them up on their way
  decoded,    ///< each is decoded: they travel to everyone by an all-gather, or to a server
};

struct Codec {
  std::string_view name;
  std::string_view doc;    ///< one line
  std::string_view paper;  ///< where it comes from
  std::vector<OptionTable> options = {};
  Summing summing = Summing::decoded;
  bool rounds_values = false;  ///< what is decoded is every value, rounded: it can stand for the values themselves

  std::function<Form(const Choice& choice, const CodedVector& vector)> form;
  std::function<std::unique_ptr<Coder>(const Comm& comm, const Choice& choice, const CodedVector& vector)> make;
  /// The values that a coder keeps from step to step; none where it is empty.
  std::function<std::size_t(const Choice& choice, const CodedVector& vector)> kept = {};
  /// Why it cannot code this model, for people; empty when it can.
  std::function<std::optional<std::string>(const Choice& choice, const Model& model)> refusal = {};
  /// The total is a vote of all workers, not a sum of whichever messages there are.
  std::function<bool(const Choice& choice)> votes = {};
};

Registry<Codec>& all_codecs();
/// The codec of this choice, which was checked.
const Codec& codec_of(const Choice& choice);

/// What a codec that loses values offers: what it lost is added to what it codes next (Seide et al. 2014).
struct FeedbackOption {
  bool error_feedback = true;
};
OptionTable feedback_option();

/// An option of every codec: full values travel in the first steps.
struct WarmUpOption {
  std::size_t warm_up = 0;
};

/// As the reader of scenarios knows them: each with its own options and `warm_up`.
const std::vector<Alternative>& codec_alternatives();

}  // namespace tandem

// PowerSGD (Vogels, Karimireddy and Jaggi, NeurIPS 2019): a matrix M of p x q values becomes P Q^T with r columns each,
// by one step of the power method per message: P = M Q, the columns of P are made orthonormal, Q = M^T P. Both sum in
// flight: with the sums over workers in the place of P and Q, P Q^T is the projection of the summed matrix onto the
// columns of P. With `warm_start` the next step begins with this step's Q, so that the steps add up to a power method.
//
//   cost: 4 r (p+q) bytes per matrix, in two reductions; 4 r p q operations to code it, 2 r p q to decode it
//
// As in PyTorch, vectors and matrices that would not at least halve travel as they are, here beside Q.
#include "algorithms/codecs/low_rank.h"
#include "core/config/options.h"

namespace tandem::codecs {
namespace {

using namespace low_rank;

struct PowerSgdOptions {
  std::size_t rank = 4;
  bool warm_start = true;
};

class PowerSgdCoder : public Coder {
 public:
  PowerSgdCoder(const Comm& comm, const PowerSgdOptions& options, const CodedVector& vector)
      : options_(options),
        offset_(vector.range.begin),
        places_(vector, options.rank),
        kept_(comm.make_buffer(places_.second)) {}

  void encode(Comm& comm, const Turn& turn, Slice values, std::size_t part, std::span<const Slice> message) override {
    comm.compute(work(values), [&] {
      if (part == 0) prepare(turn);
      for (const Place& place : places_.all) {
        const Matrix m = matrix_at(values.f32() + place.tensor.offset, place.tensor);
        if (!place.is_factored) {
          if (part == 1) std::copy_n(m.data(), m.size(), message[1].f32() + place.q);
        } else if (part == 0) {
          p_of(place, message[0]).noalias() = m * q_of(place, kept_);
        } else {
          orthonormalise(p_of(place, message[0]));
          q_of(place, message[1]).noalias() = m.transpose() * p_of(place, message[0]);
        }
      }
    });
  }

  void add(Comm& comm, const Turn&, std::span<const Slice> message, Slice total) override {
    comm.compute(work(total), [&] {
      for (const Place& place : places_.all) {
        Matrix m = matrix_at(total.f32() + place.tensor.offset, place.tensor);
        if (place.is_factored) {
          m.noalias() += p_of(place, message[0]) * q_of(place, message[1]).transpose();
        } else {
          m += matrix_at(message[1].f32() + place.q, place.tensor);
        }
      }
    });
  }

  void keep(std::span<const Slice> message) override {
    if (!message[1].is_phantom()) std::copy_n(message[1].f32(), message[1].count, kept_.slice().f32());
  }

  void describe(State& state) override { state.add({"factors Q", offset_, kept_, Copy::version}); }

 private:
  Columns p_of(const Place& place, Slice part) const { return columns_at(part.f32() + place.p, place.tensor.rows); }
  Columns q_of(const Place& place, Slice part) const { return columns_at(part.f32() + place.q, place.tensor.columns); }
  Columns columns_at(float* values, std::size_t length) const {
    return {values, static_cast<Eigen::Index>(length), static_cast<Eigen::Index>(options_.rank)};
  }

  // Columns of Q that are zero, as all are at first and those of a matrix of lower rank later, are drawn.
  void prepare(const Turn& turn) {
    std::mt19937_64 stream = turn.stream_of_all();
    for (const Place& place : places_.all) {
      if (!place.is_factored) continue;
      Columns q = q_of(place, kept_);
      if (!options_.warm_start) q.setZero();
      for (Eigen::Index i = 0; i < q.cols(); ++i) {
        if (!q.col(i).isZero(0)) continue;
        for (float& value : q.col(i)) value = static_cast<float>(static_cast<double>(stream() >> 11) * 0x1p-52 - 1);
      }
      orthonormalise(q);
    }
  }

  Work work(Slice values) const {
    return {.flops = 2.0 * static_cast<double>(options_.rank * values.count),
            .memory_bytes = static_cast<double>(values.bytes())};
  }

  PowerSgdOptions options_;
  std::size_t offset_;
  Places places_;
  Buffer kept_;  // as the second part of a message: the Q that the next one begins with
};

Form form(const Choice& choice, const CodedVector& vector) {
  const Places places(vector, choice.get<PowerSgdOptions>().rank);
  return {.parts = {places.first, places.second}};
}

std::size_t kept(const Choice& choice, const CodedVector& vector) { return form(choice, vector).parts[1]; }

std::optional<std::string> refusal(const Choice& choice, const Model& model) {
  const std::size_t rank = choice.get<PowerSgdOptions>().rank;
  for (const Tensor& tensor : coded_vector(model, {0, model.parameters}).tensors) {
    if (is_factored(tensor, rank)) return std::nullopt;
  }
  return fmt::format("powersgd: no matrix of the model is at most half as large in factors of rank {}", rank);
}

}  // namespace

Codec powersgd() {
  using P = PowerSgdOptions;
  const auto keys =
      Mapping<P>()
          .key("rank", &P::rank, whole(between(1, 4096)), "columns of the two factors that stand for a matrix")
          .key("warm_start", &P::warm_start, flag(), "a step begins with the factor that the step before ended with");
  const auto label =
      +[](const P& options) { return fmt::format("r={}{}", options.rank, options.warm_start ? "" : " cold"); };
  return {.name = "powersgd",
          .doc = "two factors of low rank for each matrix, summed in flight one after the other",
          .paper = "Vogels et al. 2019",
          .options = {option_table(keys, label), feedback_option()},
          .summing = Summing::in_flight,
          .form = form,
          .make =
              [](const Comm& comm, const Choice& choice, const CodedVector& vector) {
                return std::make_unique<PowerSgdCoder>(comm, choice.get<PowerSgdOptions>(), vector);
              },
          .kept = kept,
          .refusal = refusal};
}

}  // namespace tandem::codecs

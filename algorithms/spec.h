// The part of a scenario about the training itself, as plain values. The loader fills it, and everything here reads it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tandem {

enum class ModelKind { linear, softmax, mlp, profile };
enum class Activation { relu, tanh };
enum class Initialisation { zeros, he, glorot };
enum class Loss { mse, cross_entropy };

/// Bytes per sample, by what model parallelism does with them. Tensor parallelism divides all but `whole` among its
/// ranks, sequence parallelism all three.
struct LayerBytes {
  double whole = 0;
  double cut = 0;
  double pairs = 0;  ///< attention between pairs of tokens: what selective recomputation computes anew

  double sum() const { return whole + cut + pairs; }
  bool operator==(const LayerBytes&) const = default;
};
inline LayerBytes operator*(double factor, const LayerBytes& bytes) {
  return {factor * bytes.whole, factor * bytes.cut, factor * bytes.pairs};
}

/// What a layer keeps of its forward pass for its backward pass.
struct KeptBytes : LayerBytes {
  double recomputed = 0;  ///< where the layer is recomputed: its input, if it is not recomputed itself

  bool operator==(const KeptBytes&) const = default;
};

/// What the backward pass computes anew instead of keeping it (Korthikanti et al. 2022).
enum class Recomputation { none, selective, full };

/// Bytes that training holds per parameter. The defaults are those of values of float32.
struct ParameterBytes {
  double parameter = 4, gradient = 4;
  std::optional<double> optimizer;  ///< absent: of its moments

  bool operator==(const ParameterBytes&) const = default;
};

/// Experts of a layer, to some of which a router sends each token (mixture of experts).
struct ExpertSizes {
  std::size_t count = 0;       ///< 0: the layer has none
  std::size_t per_token = 1;   ///< that a token passes
  std::size_t parameters = 0;  ///< all experts', a part of the layer's

  bool operator==(const ExpertSizes&) const = default;
};

struct Experts : ExpertSizes {
  std::size_t tokens = 0;               ///< per sample
  std::size_t width = 0;                ///< float32 values per token, which an expert is given and hands back
  double forward_flops_per_sample = 0;  ///< a part of the layer's

  bool operator==(const Experts&) const = default;
};

/// A profile model's layer: sizes only. Activations are those handed to the next layer, in float32 values per sample.
struct ProfileLayer {
  std::string name;
  std::size_t parameters = 0;
  double forward_flops_per_sample = 0;
  double backward_flops_per_sample = 0;
  std::optional<double> weight_flops_per_sample = {};  ///< for the weights' gradient, in backward; absent: half
  std::size_t activations_per_sample = 0;
  std::size_t heads = 0;                  ///< heads of attention; 0: the layer is none
  double attention_flops_per_sample = 0;  ///< the forward flops' part for pairs of tokens
  std::optional<KeptBytes> kept = {};     ///< absent: what the layer hands on, and its gradient
  LayerBytes moved = {};                  ///< memory traffic of the forward pass, besides matrix products
  Experts experts = {};
};

struct ModelSpec {
  ModelKind kind = ModelKind::mlp;
  std::vector<std::size_t> hidden;  ///< mlp
  Activation activation = Activation::relu;
  Initialisation initialisation = Initialisation::he;
  std::vector<ProfileLayer> profile;              ///< profile: its layers, input side first
  Recomputation recompute = Recomputation::none;  ///< profile
  ParameterBytes bytes_per_parameter;             ///< profile
};

/// What a numeric model is charged as instead of its own size: a small model's numbers with a large one's costs.
struct ModelCosts {
  std::size_t parameters = 0;
  double flops_per_sample = 0;  ///< forward and backward
};

enum class DataSource { none, synthetic_linear, fashion_mnist, csv, idx };

/// What becomes of a feature without a value. A label without one is dropped with its row, or refused.
enum class MissingValues { refuse, drop_row, zero, mean };

/// How a table in a text file is read. A column is a header's name or a number from 0.
struct CsvFormat {
  std::string label_column;          ///< empty: the last
  std::vector<std::string> columns;  ///< features, in this order; empty: all others
  std::optional<bool> has_header;    ///< absent: the first line is one when it has no numbers, or names the label
  char separator = ',';
  MissingValues missing = MissingValues::refuse;
  std::vector<std::string> classes;  ///< labels by name: class 0, class 1, ...; empty: labels are numbers
};

struct DataSpec {
  DataSource source = DataSource::none;   ///< none only with a profile model
  std::string path;                       ///< csv (also .gz): the file; idx: the images file (also .gz)
  std::string labels_path;                ///< idx: the labels file
  CsvFormat csv;                          ///< csv
  std::optional<std::size_t> train_rows;  ///< the first rows, after the validation rows were taken off the end
  std::optional<double>
      validation;    ///< fraction of the file's rows, taken from its end; absent: Fashion-MNIST's test set, else none
  double scale = 1;  ///< features are multiplied by it (1/255 makes pixels 0..1)
  bool standardize = false;                ///< then: zero mean, unit variance per feature, by the training rows
  bool shuffle = true;                     ///< a new order every epoch; false: file order
  std::size_t rows = 1000, features = 10;  ///< synthetic-linear
  double noise = 0;                        ///< synthetic-linear: standard deviation added to targets
};

enum class Partitioning { range, hash, speed };
enum class OptimizerKind { sgd, adam, adamw };
enum class ScheduleKind { constant, step, cosine };

struct ScheduleSpec {
  ScheduleKind kind = ScheduleKind::constant;
  std::size_t warmup_steps = 0;  ///< the rate rises linearly to its full value over these
  std::size_t every = 1000;      ///< step: multiply by `factor` every so many steps
  double factor = 0.1;
  double floor = 0;  ///< cosine: ends at lr * floor
};

struct OptimizerSpec {
  OptimizerKind kind = OptimizerKind::sgd;
  double lr = 0.01;
  double momentum = 0;                                ///< sgd
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;  ///< adam, adamw
  double weight_decay = 0;
  std::optional<double> moved_bytes;  ///< per parameter; absent: what it reads and writes in float32
  ScheduleSpec schedule;
};

struct BatchSpec {
  std::size_t global = 0;      ///< strong scaling; exactly one of the two is not 0
  std::size_t per_worker = 0;  ///< weak scaling
};

struct StopSpec {
  std::size_t steps = 0;  ///< exactly one of steps and epochs is not 0
  double epochs = 0;
  std::optional<double> loss;  ///< also stop once a step's training loss is at most this
};

/// Goals of training. The time until each is reached is measured; training goes on afterwards.
struct TargetSpec {
  std::optional<double> loss;             ///< a step's loss; absent: stop.loss
  std::optional<double> validation_loss;  ///< these two need evaluate_every
  std::optional<double> validation_accuracy;
};

struct WorkloadSpec {
  ModelSpec model;
  std::optional<ModelCosts> costs;
  DataSpec data;
  Partitioning partition = Partitioning::range;
  Loss loss = Loss::cross_entropy;
  OptimizerSpec optimizer;
  BatchSpec batch;
  StopSpec stop;
  TargetSpec target;
  std::size_t evaluate_every = 0;  ///< validation every so many steps; 0: only at the end
  std::size_t untimed_steps = 0;   ///< the first so many steps do not count in the time per step
};

}  // namespace tandem

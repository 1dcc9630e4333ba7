#include "app/scenario/workload_fields.h"

#include "app/scenario/shipped_profiles.h"
#include "core/config/limits.h"

namespace tandem {
namespace {

/// Bytes per sample, by what model parallelism does with them. `Owner` is LayerBytes, or has its members.
template <class Owner>
Mapping<Owner> layer_bytes_fields() {
  const Type<double> bytes = unless(0.0, quantity(Dimension::bytes, between(0, kMostBytes)));
  return Mapping<Owner>()
      .key("whole", &Owner::whole, bytes, "on every rank of a model that is cut by tensors")
      .otherwise("0B")
      .key("cut", &Owner::cut, bytes, "divided among the ranks of a model that is cut by tensors")
      .otherwise("0B")
      .key("pairs", &Owner::pairs, bytes,
           "of attention between pairs of tokens: divided, too; selective recomputation computes it anew")
      .otherwise("0B");
}

Mapping<KeptBytes> kept_fields() {
  return layer_bytes_fields<KeptBytes>()
      .key("recomputed", &KeptBytes::recomputed, unless(0.0, quantity(Dimension::bytes, between(0, kMostBytes))),
           "in the place of the others with full recomputation")
      .otherwise("0B");
}

Mapping<Experts> expert_fields() {
  using E = Experts;
  return Mapping<E>()
      .key("count", &E::count, whole(between(1, kMostLayers)), "experts of the layer")
      .required()
      .key("per_token", &E::per_token, whole(between(1, kMostLayers)), "experts that a token passes")
      .required()
      .key("parameters", &E::parameters, whole(between(1, kMostParameters)),
           "of all experts together, a part of the layer's")
      .required()
      .key("tokens", &E::tokens, whole(between(1, kLongestSequence)), "per sample")
      .required()
      .key("width", &E::width, whole(between(1, kMostParameters)),
           "float32 values per token that an expert is given and hands back")
      .required()
      .key("forward_flops", &E::forward_flops_per_sample,
           quantity(Dimension::computation, between(0, kMostFlopsPerSample)), "per sample, a part of the layer's")
      .required();
}

Mapping<ParameterBytes> parameter_bytes_fields() {
  using B = ParameterBytes;
  const Type<double> bytes = quantity(Dimension::bytes, between(0, 1024));
  return Mapping<B>()
      .key("parameter", &B::parameter, bytes, "the parameter that computes")
      .key("gradient", &B::gradient, bytes, "its gradient")
      .key("optimizer", &B::optimizer, maybe(bytes), "what the optimizer keeps, a master copy included")
      .otherwise("4B for each of its moments");
}

Mapping<ProfileLayer> layer_fields() {
  using L = ProfileLayer;
  return Mapping<L>()
      .key("name", &L::name, text(), "name of the layer")
      .required()
      .key("parameters", &L::parameters, whole(between(0, kMostParameters)), "trainable values")
      .required()
      .key("forward_flops", &L::forward_flops_per_sample,
           quantity(Dimension::computation, between(0, kMostFlopsPerSample)), "flops of the forward pass, per sample")
      .required()
      .key("backward_flops", &L::backward_flops_per_sample,
           quantity(Dimension::computation, between(0, kMostFlopsPerSample)), "flops of the backward pass, per sample")
      .otherwise("twice forward_flops")
      .key("weight_flops", &L::weight_flops_per_sample,
           maybe(quantity(Dimension::computation, between(0, kMostFlopsPerSample))),
           "the part of backward_flops that is the weights' gradient: some pipelines compute it later")
      .otherwise("half of backward_flops")
      .key("activations", &L::activations_per_sample, whole(between(0, kMostParameters)),
           "float32 values handed to the next layer, per sample")
      .key("heads", &L::heads, unless<std::size_t>(0, whole(between(1, kMostRanks))),
           "heads of attention, which tensor parallelism deals out whole")
      .otherwise("the layer is no attention")
      .key("attention_flops", &L::attention_flops_per_sample,
           unless(0.0, quantity(Dimension::computation, between(0, kMostFlopsPerSample))),
           "the part of forward_flops for pairs of tokens, which selective recomputation computes anew")
      .otherwise("0flop")
      .key("kept", &L::kept, maybe(kept_fields().type()),
           "bytes that the layer keeps for its backward pass, per sample")
      .otherwise("what it hands on, and its gradient")
      .key("moved", &L::moved, unless(LayerBytes{}, layer_bytes_fields<LayerBytes>().type()),
           "memory traffic of its forward pass, per sample, besides matrix products; backward moves half as much "
           "again")
      .otherwise("none")
      .key("experts", &L::experts, unless(Experts{}, expert_fields().type()),
           "experts to some of which each token goes")
      .otherwise("none");
}

Mapping<LayerTime> layer_time_fields() {
  using L = LayerTime;
  const auto time = quantity(Dimension::time, between(0, kLongest_s));
  return Mapping<L>()
      .key("forward", &L::forward_s, time, "seconds of the forward pass")
      .required()
      .key("backward_input", &L::backward_input_s, time, "seconds of the gradient of the layer's input")
      .required()
      .key("backward_weight", &L::backward_weight_s, time, "seconds of the gradient of the layer's weights")
      .required()
      .key("samples", &L::samples, whole(between(1, kMostRows)), "number of samples that take these times");
}

Type<std::string> profile_name() {
  std::vector<std::string> names;
  for (const ShippedProfile& profile : shipped_profiles()) names.emplace_back(profile.name);
  return choice_or_file(names);
}

/// The keys of a profile, of `Owner`'s part that is a ProfileDraft.
template <class Owner>
std::vector<std::string> add_profile_keys(Mapping<Owner>& keys) {
  using P = ProfileDraft;
  const std::size_t before = keys.info().keys.size();
  keys.key("profile", &P::named, profile_name(),
           "a published architecture (tandem list profiles), or your own file, relative to the scenario's folder")
      .key("sequence_length", &P::sequence_length, maybe(whole(between(1, kLongestSequence))),
           "tokens per sample, where the profile is a transformer")
      .otherwise("the longest that the profile allows")
      .key("layers", &P::layers, unless_empty(list_of(layer_fields().type(), between(1, kMostLayers))),
           "the layers' sizes, input side first")
      .key("parameters", &P::parameters, unless<std::size_t>(0, whole(between(1, kMostParameters))),
           "parameters of the whole model, split evenly over layer_count layers")
      .key("flops_per_sample", &P::flops_per_sample,
           maybe(quantity(Dimension::computation, above(0, kMostFlopsPerSample))),
           "flops of the forward and backward pass, per sample; a third of them is forward")
      .key("samples_per_s", &P::samples_per_s, maybe(number(above(0, 1e12))),
           "one worker's measured speed: flops_per_sample = cluster.host.speed / samples_per_s")
      .key("step_time", &P::step_time_s, maybe(quantity(Dimension::time, above(0, kLongest_s))),
           "one worker's measured time for step_samples samples, instead of samples_per_s")
      .key("step_samples", &P::step_samples, unless<std::size_t>(0, whole(between(1, kMostRows))),
           "how many samples step_time was measured for")
      .key("layer_time", &P::layer_time, maybe(layer_time_fields().type()),
           "one worker's measured time for one of the layer_count layers, by its three passes")
      .key("layer_count", &P::layer_count, unless<std::size_t>(1, whole(between(1, kMostLayers))),
           "layers of equal size")
      .otherwise("1")
      .key("activations", &P::activations_per_sample, unless<std::size_t>(0, whole(between(0, kMostParameters))),
           "float32 values that each layer hands to the next, per sample")
      .otherwise("0");
  std::vector<std::string> names;
  for (std::size_t i = before; i < keys.info().keys.size(); ++i) names.push_back(keys.info().keys[i].key);
  return names;
}

Mapping<ProfileDraft> costs_fields() {
  Mapping<ProfileDraft> keys;
  add_profile_keys(keys);
  return keys;
}

Mapping<ModelDraft> model_fields() {
  using M = ModelDraft;
  Mapping<M> keys;
  keys.key("name", &M::kind,
           choice<ModelKind>({{"mlp", ModelKind::mlp},
                              {"softmax", ModelKind::softmax},
                              {"linear", ModelKind::linear},
                              {"profile", ModelKind::profile}}),
           "the model")
      .required()
      .key("hidden", &M::hidden, list_of(whole(between(1, 1e6)), between(0, 1000)), "widths of the hidden layers")
      .key("activation", &M::activation, choice<Activation>({{"relu", Activation::relu}, {"tanh", Activation::tanh}}),
           "after every hidden layer")
      .key("init", &M::initialisation,
           choice<Initialisation>(
               {{"he", Initialisation::he}, {"glorot", Initialisation::glorot}, {"zeros", Initialisation::zeros}}),
           "initial weights; biases are 0");
  std::vector<std::string> profile = add_profile_keys(keys);
  keys.key(
          "recompute", &M::recompute,
          unless(Recomputation::none, choice<Recomputation>({{"none", Recomputation::none},
                                                             {"selective", Recomputation::selective},
                                                             {"full", Recomputation::full}})),
          "what the backward pass computes anew instead of keeping it: attention between pairs of tokens; all of every "
          "layer that says what it keeps")
      .otherwise("none")
      .key("bytes_per_parameter", &M::bytes_per_parameter, unless(ParameterBytes{}, parameter_bytes_fields().type()),
           "bytes that training holds per parameter; the network carries 4 for a value whatever they are")
      .otherwise("4B for each value");
  profile.insert(profile.end(), {"recompute", "bytes_per_parameter"});
  return keys.variants("name", {{"mlp", "dense layers with an activation function", {"hidden", "activation", "init"}},
                                {"softmax", "one dense layer; classes by cross-entropy", {"init"}},
                                {"linear", "one dense layer; values by mean squared error", {"init"}},
                                {"profile", "sizes and flops only, for timing", profile}});
}

Mapping<DataSpec> data_fields() {
  using D = DataSpec;
  const auto with = [](std::vector<std::string> own) {
    own.insert(own.end(), {"train_rows", "validation", "scale", "standardize", "shuffle"});
    return own;
  };
  return Mapping<D>()
      .key("source", &D::source,
           choice<DataSource>({{"none", DataSource::none},
                               {"fashion-mnist", DataSource::fashion_mnist},
                               {"synthetic-linear", DataSource::synthetic_linear},
                               {"csv", DataSource::csv},
                               {"idx", DataSource::idx}}),
           "the data set")
      .required()
      .otherwise("fashion-mnist; synthetic-linear for a linear model; none for a profile")
      .key("path", &D::path, text(), "the file, relative to the scenario's folder; idx: of the images; may be .gz")
      .required()
      .key("labels", &D::labels_path, text(), "the file of the labels; may be .gz")
      .required()
      .key("label_column", in(&D::csv, &CsvFormat::label_column), text(),
           "the column of labels: a name in the first line, or a number from 0")
      .otherwise("the last column")
      .key("columns", in(&D::csv, &CsvFormat::columns), unless_empty(list_of(text(), between(1, 1e6))),
           "the columns of features, in this order")
      .otherwise("all but the label's")
      .key("header", in(&D::csv, &CsvFormat::has_header), maybe(flag()), "whether the first line names the columns")
      .otherwise("true when it has no number in it, or names the label's column")
      .key("separator", in(&D::csv, &CsvFormat::separator),
           choice<char>({{",", ','}, {";", ';'}, {"|", '|'}, {"tab", '\t'}}), "what stands between two fields")
      .key("missing", in(&D::csv, &CsvFormat::missing),
           choice<MissingValues>({{"refuse", MissingValues::refuse},
                                  {"drop-row", MissingValues::drop_row},
                                  {"zero", MissingValues::zero},
                                  {"mean", MissingValues::mean}}),
           "what becomes of empty fields, NA, N/A, NaN, null and ?; mean: that of the column's other values")
      .key("classes", in(&D::csv, &CsvFormat::classes), unless_empty(list_of(text(), between(2, 65536))),
           "labels that are names: the first is class 0")
      .otherwise("labels are class numbers")
      .key("rows", &D::rows, whole(between(1, kMostRows)), "number of rows to generate")
      .key("features", &D::features, whole(between(1, 1e7)), "features per row")
      .key("noise", &D::noise, number(between(0, 1e9)), "standard deviation added to the targets")
      .key("train_rows", &D::train_rows, maybe(whole(between(1, kMostRows))),
           "number of rows to train on, from the first; the validation rows are taken off the end before")
      .otherwise("all")
      .key("validation", &D::validation, maybe(number(from_to_below(0, 1))),
           "fraction of the rows to validate on, taken from the end")
      .otherwise("fashion-mnist: its test set; else none")
      .key("scale", &D::scale, number(above(0, 1e9)),
           "every feature is multiplied by it; 0.00392156862745098 turns pixels into 0..1")
      .key("standardize", &D::standardize, flag(), "zero mean and unit variance of every feature, by the training rows")
      .key("shuffle", &D::shuffle, flag(),
           "whether the rows of every epoch are in a new random order; false: the file's order")
      .variants("source", {{"none", "no data: a profile model", {}},
                           {"fashion-mnist", "60,000 pictures of 28 x 28, 10 classes; and 10,000 to test", with({})},
                           {"synthetic-linear", "rows of known weights, so that the answer can be checked",
                            with({"rows", "features", "noise"})},
                           {"csv", "a table of numbers",
                            with({"path", "label_column", "columns", "header", "separator", "missing", "classes"})},
                           {"idx", "MNIST's format", with({"path", "labels"})}});
}

Mapping<ScheduleSpec> schedule_fields() {
  using S = ScheduleSpec;
  return Mapping<S>()
      .key("name", &S::kind,
           choice<ScheduleKind>(
               {{"constant", ScheduleKind::constant}, {"step", ScheduleKind::step}, {"cosine", ScheduleKind::cosine}}),
           "how the learning rate changes")
      .required()
      .otherwise("constant")
      .key("warmup_steps", &S::warmup_steps, whole(between(0, kMostSteps)),
           "number of steps over which the rate rises linearly")
      .key("every", &S::every, whole(between(1, kMostSteps)), "the rate is multiplied by factor once per so many steps")
      .key("factor", &S::factor, number(above(0, 1)), "the rate is multiplied by it")
      .key("floor", &S::floor, number(between(0, 1)), "the share of lr at which the cosine ends")
      .variants("name", {{"constant", "always lr", {}},
                         {"step", "falls by a factor at regular steps", {"every", "factor"}},
                         {"cosine", "falls along half a cosine until the last step", {"floor"}}});
}

Mapping<OptimizerSpec> optimizer_fields() {
  using O = OptimizerSpec;
  return Mapping<O>()
      .key("name", &O::kind,
           choice<OptimizerKind>({{"sgd", OptimizerKind::sgd},
                                  {"momentum", OptimizerKind::sgd},
                                  {"adam", OptimizerKind::adam},
                                  {"adamw", OptimizerKind::adamw}}),
           "the optimizer")
      .required()
      .otherwise("sgd")
      .key("lr", &O::lr, number(above(0, 1e6)), "the learning rate")
      .key("momentum", &O::momentum, number(from_to_below(0, 1)),
           "the share of the previous step's direction that is kept")
      .otherwise("0; 0.9 when the name is momentum")
      .key("beta1", &O::beta1, number(from_to_below(0, 1)), "decay of the first moment")
      .key("beta2", &O::beta2, number(from_to_below(0, 1)), "decay of the second moment")
      .key("epsilon", &O::epsilon, number(above(0, 1)), "keeps the division finite")
      .key("weight_decay", &O::weight_decay, number(between(0, 1e3)),
           "L2: the weights times this are added to the gradient; adamw: subtracted beside the step, times the rate")
      .key("moved", &O::moved_bytes, maybe(quantity(Dimension::bytes, between(0, 1024))),
           "memory traffic of an update per parameter: in mixed precision, or with what is done to gradients before")
      .otherwise("what the optimizer reads and writes in float32")
      .key("schedule", &O::schedule, schedule_fields().type(), "how the learning rate changes")
      .otherwise("{name: constant}")
      .variants("name", {{"sgd", "stochastic gradient descent", {"momentum"}},
                         {"momentum", "sgd with momentum 0.9", {"momentum"}},
                         {"adam", "Kingma and Ba 2015", {"beta1", "beta2", "epsilon"}},
                         {"adamw", "Loshchilov and Hutter 2019", {"beta1", "beta2", "epsilon"}}});
}

Mapping<BatchSpec> batch_fields() {
  using B = BatchSpec;
  return Mapping<B>()
      .key("global", &B::global, unless<std::size_t>(0, whole(between(1, kMostRows))),
           "samples per step, of all workers together: strong scaling")
      .key("per_worker", &B::per_worker, unless<std::size_t>(0, whole(between(1, kMostRows))),
           "samples per step, of each worker: weak scaling");
}

Mapping<StopSpec> stop_fields() {
  using S = StopSpec;
  return Mapping<S>()
      .key("steps", &S::steps, unless<std::size_t>(0, whole(between(1, kMostSteps))), "stop after this many steps")
      .key("epochs", &S::epochs, unless(0.0, number(above(0, 1e6))), "stop after this many passes over the data")
      .key("loss", &S::loss, maybe(number(above(0, 1e9))),
           "stop earlier, once the training loss of a step is at most this");
}

Mapping<TargetSpec> target_fields() {
  using T = TargetSpec;
  return Mapping<T>()
      .key("loss", &T::loss, maybe(number(above(0, 1e9))),
           "reached when the training loss of a step is at most this: time_to_loss_s")
      .otherwise("stop.loss")
      .key("validation_loss", &T::validation_loss, maybe(number(above(0, 1e9))),
           "reached when the validation loss is at most this: time_to_validation_loss_s")
      .key("validation_accuracy", &T::validation_accuracy, maybe(number(above(0, 1))),
           "reached when the validation accuracy is at least this: time_to_validation_accuracy_s");
}

}  // namespace

Mapping<Draft> workload_fields() {
  using W = WorkloadSpec;
  const auto in_workload = [](auto member) { return in(&Draft::workload, member); };
  return Mapping<Draft>()
      .key("model", &Draft::model, model_fields().type(), "what is trained")
      .otherwise("{name: mlp, hidden: [128]}")
      .key("costs", &Draft::costs, maybe(costs_fields().type()),
           "sim: the model is trained with its own numbers, and charged the flops and bytes of this profile")
      .key("data", in_workload(&W::data), data_fields().type(), "what it is trained on")
      .otherwise("{source: fashion-mnist}; by model, see source")
      .key("partition", in_workload(&W::partition),
           choice<Partitioning>(
               {{"range", Partitioning::range}, {"hash", Partitioning::hash}, {"speed", Partitioning::speed}}),
           "range: a worker takes a contiguous part of every batch, all as large; hash: a row is always the same "
           "worker's; speed: contiguous parts as large as the workers' hosts are fast")
      .key("loss", in_workload(&W::loss), choice<Loss>({{"cross-entropy", Loss::cross_entropy}, {"mse", Loss::mse}}),
           "what training minimizes")
      .otherwise("cross-entropy; mse for a linear model")
      .key("optimizer", in_workload(&W::optimizer), optimizer_fields().type(), "how gradients change the parameters")
      .otherwise("{name: sgd, lr: 0.01}")
      .key("batch", in_workload(&W::batch), batch_fields().type(), "the batch size: global or per_worker")
      .required()
      .key("stop", in_workload(&W::stop), stop_fields().type(), "how long to train: steps or epochs")
      .required()
      .key("target", in_workload(&W::target), target_fields().type(),
           "the goal of training: runs.csv states the time until it was reached, and loss figures draw a line there")
      .otherwise("none")
      .key("untimed_steps", in_workload(&W::untimed_steps), whole(between(0, kMostSteps)),
           "steps at the beginning that step time and samples/s leave out: processes touch their memory for the first "
           "time, connections their buffers")
      .key("evaluate_every", in_workload(&W::evaluate_every), whole(between(0, kMostSteps)),
           "number of steps between validations; 0: validate only at the end");
}

}  // namespace tandem

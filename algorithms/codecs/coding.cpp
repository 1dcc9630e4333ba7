#include "algorithms/codecs/coding.h"

#include <algorithm>

#include "core/config/options.h"

namespace tandem {

OptionTable codec_option() {
  const Type<Choice> codec = choice_among(codec_alternatives(), "the codec", /*name_alone=*/true);
  return option_table<CodecOption>(
      Mapping<CodecOption>()
          .key("codec", &CodecOption::codec, codec, "how what travels between workers is made smaller")
          .otherwise("none: full values"),
      +[](const CodecOption& option) {
        return option.codec ? label_of(option.codec, codec_alternatives()) : std::string();
      });
}

const Choice* codec_choice(const Job& job) {
  const CodecOption* option = job.strategy.find<CodecOption>();
  return option != nullptr && option->codec ? &option->codec : nullptr;
}

Range plain_steps(const Job& job, Range steps) {
  const Choice* codec = codec_choice(job);
  if (codec == nullptr) return steps;
  return {steps.begin, std::clamp(codec->get<WarmUpOption>().warm_up, steps.begin, steps.end)};
}

Range coded_steps(const Job& job, Range steps) { return {plain_steps(job, steps).end, steps.end}; }

bool is_coded(const Job& job, std::size_t step) { return coded_steps(job, {step, step + 1}).size() == 1; }

Traffic traffic_of_steps(const Job& job, Range steps, const std::function<Traffic(bool)>& of_step) {
  Traffic traffic = of_step(false) * plain_steps(job, steps).size();
  if (const std::size_t coded = coded_steps(job, steps).size(); coded > 0) traffic += of_step(true) * coded;
  return traffic;
}

Form form_of(const Job& job, Range parameters, bool is_coded) {
  if (!is_coded) return {.element = Element::f32, .parts = {parameters.size()}};
  const Choice& choice = *codec_choice(job);
  return codec_of(choice).form(choice, coded_vector(job.model, parameters));
}

double message_bytes(const Job& job, Range parameters) {
  const Form form = form_of(job, parameters, true);
  return static_cast<double>(bytes_of(form.count(), form.element));
}

double kept_bytes(const Job& job, Range parameters) {
  const Choice& choice = *codec_choice(job);
  const FeedbackOption* option = choice.find<FeedbackOption>();
  const std::size_t left_out = option != nullptr && option->error_feedback ? parameters.size() : 0;
  const auto& kept = codec_of(choice).kept;
  const std::size_t of_coder = kept ? kept(choice, coded_vector(job.model, parameters)) : 0;
  return static_cast<double>(bytes_of(left_out + of_coder));
}

std::optional<std::string> codec_refusal(const Job& job) {
  const Choice* choice = codec_choice(job);
  if (choice == nullptr || !codec_of(*choice).refusal) return std::nullopt;
  return codec_of(*choice).refusal(*choice, job.model);
}

std::optional<std::string> vote_refusal(const Job& job) {
  const Choice* choice = codec_choice(job);
  if (choice == nullptr || !codec_of(*choice).votes || !codec_of(*choice).votes(*choice)) return std::nullopt;
  return fmt::format("{} adds up messages of some workers, and a vote needs those of all workers", job.strategy.name);
}

Coding::Coding(const Comm& comm, const Job& job, Range parameters, std::uint64_t sender, Feedback feedback)
    : codec_(codec_of(*codec_choice(job))), seed_(job.seed), sender_(sender), range_(parameters) {
  const Choice& choice = *codec_choice(job);
  const CodedVector vector = coded_vector(job.model, parameters);
  form_ = codec_.form(choice, vector);
  coder_ = codec_.make(comm, choice, vector);
  const FeedbackOption* option = choice.find<FeedbackOption>();
  if (feedback == Feedback::as_chosen && option != nullptr && option->error_feedback) {
    residual_ = comm.make_buffer(parameters.size());
  }
}

// What was lost is what was to be coded, less what the own message says: with parts that are summed in flight, less
// what it adds to their sum.
void Coding::encode(Comm& comm, std::size_t step, Slice values, Slice message,
                    const std::function<void(Slice)>& reduce) {
  const std::vector<Slice> parts = parts_of(form_, message);
  if (residual_) comm.compute(work_of_sum(values.bytes()), [&] { tandem::add(*residual_, values); });
  for (std::size_t part = 0; part < parts.size(); ++part) {
    coder_->encode(comm, turn(step), residual_ ? residual_->slice() : values, part, parts);
    const bool is_last = part + 1 == parts.size();
    if (is_last && residual_) {
      decode(comm, step, message, values);
      const Slice residual = *residual_;
      comm.compute(work_of_sum(values.bytes()), [&] {
        float* lost = residual.f32();
        const float* said = values.f32();
        for (std::size_t i = 0; i < residual.count; ++i) lost[i] -= said[i];
      });
    }
    if (reduce) reduce(parts[part]);
  }
  coder_->keep(parts);
}

void Coding::begin(Comm& comm, Slice total) const {
  comm.compute({.memory_bytes = static_cast<double>(total.bytes())},
               [&] { std::fill_n(total.f32(), total.count, 0.0F); });
}

void Coding::add(Comm& comm, std::size_t step, Slice message, Slice total) {
  coder_->add(comm, turn(step), parts_of(form_, message), total);
}

void Coding::decode(Comm& comm, std::size_t step, Slice message, Slice values) {
  begin(comm, values);
  add(comm, step, message, values);
  conclude(comm, values);
}

void Coding::describe(State& state) {
  if (residual_) state.add({"residuals", range_.begin, *residual_, Copy::version});
  coder_->describe(state);
}

}  // namespace tandem

#include "algorithms/strategies/expert_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "algorithms/collectives/collective_option.h"
#include "core/config/options.h"

namespace tandem {
namespace {

std::vector<std::string> all_to_all_names() {
  std::vector<std::string> names;
  for (const Collective& collective : all_collectives()) {
    if (collective.all_to_all) names.emplace_back(collective.name);
  }
  return names;
}

int degree_of(const Job& job) {
  const int stated = job.strategy.get<ExpertOptions>().degree;
  if (stated != 0) return stated;
  auto degree = static_cast<std::size_t>(job.workers);
  for (const Layer& layer : job.model.layers) degree = std::gcd(degree, layer.experts.count);
  return static_cast<int>(degree);
}

std::optional<std::string> refusal_of_layer(const Layer& layer, int degree) {
  const Experts& experts = layer.experts;
  if (experts.parameters > layer.parameters || experts.forward_flops_per_sample > layer.forward_flops_per_sample)
    return fmt::format("the experts of {} are more than the whole layer", layer.name);
  if (experts.count % static_cast<std::size_t>(degree) != 0)
    return fmt::format("the {} experts of {} cannot be dealt out evenly to {} ranks", experts.count, layer.name,
                       degree);
  if (experts.per_token <= experts.count) return std::nullopt;
  return fmt::format("a token cannot pass {} of the {} experts of {}", experts.per_token, experts.count, layer.name);
}

}  // namespace

OptionTable expert_options() {
  using E = ExpertOptions;
  return option_table<E>(
      Mapping<E>()
          .key("degree", &E::degree, unless<int>(0, whole<int>(between(1, 1e6))),
               "ranks that the experts of each layer are dealt out to; so many copies of each expert are there as "
               "this goes into the workers")
          .otherwise("the largest that divides the workers and the experts of every layer")
          .key("capacity_factor", &E::capacity_factor, number(above(0, 1000)),
               "tokens that an expert takes, against an even share; messages and computation are padded to it")
          .key("all_to_all", &E::all_to_all, choice_of(all_to_all_names()), "how tokens travel to experts and back"),
      +[](const E& options) {
        std::string label = options.degree == 0 ? "" : fmt::format(" e={}", options.degree);
        if (options.capacity_factor != 1) label += fmt::format(" c={}", options.capacity_factor);
        if (options.all_to_all != E{}.all_to_all) label += " " + options.all_to_all;
        return label.empty() ? label : label.substr(1);
      });
}

std::optional<std::string> refusal_of_experts(const Job& job) {
  const auto has_experts = [](const Layer& layer) { return layer.experts.count != 0; };
  if (std::none_of(job.model.layers.begin(), job.model.layers.end(), has_experts))
    return "no layer of the model has experts: profiles may state them, as olmoe-1b-7b does";
  const int degree = degree_of(job);
  if (job.workers % degree != 0)
    return fmt::format("{} workers cannot be shared out to groups of {}", job.workers, degree);
  if (auto reason = refusal_of_groups(job, degree)) return reason;
  if (job.strategy.get<ExpertOptions>().capacity_factor < 1)
    return "capacity_factor: below 1 experts would turn away tokens, and routing is even here, so that none are";
  for (const Layer& layer : job.model.layers) {
    if (layer.experts.count == 0) continue;
    if (auto reason = refusal_of_layer(layer, degree)) return reason;
  }
  return std::nullopt;
}

ExpertPlace expert_place(const Job& job, int worker) {
  const int degree = degree_of(job);
  return {.degree = degree, .groups = job.workers / degree, .group = worker / degree, .place = worker % degree};
}

std::vector<int> group_of(const ExpertPlace& place) {
  std::vector<int> members(static_cast<std::size_t>(place.degree));
  std::iota(members.begin(), members.end(), place.group * place.degree);
  return members;
}

std::vector<int> peers_of(const ExpertPlace& place) {
  std::vector<int> members;
  for (int group = 0; group < place.groups; ++group) members.push_back(group * place.degree + place.place);
  return members;
}

const Collective& all_to_all_of(const Job& job) {
  return collective_named(job.strategy.get<ExpertOptions>().all_to_all);
}

}  // namespace tandem

#include "app/commands/outline.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <map>
#include <sstream>

#include "algorithms/collectives/collective.h"
#include "app/lab/task.h"
#include "app/worlds/worlds.h"

namespace tandem {
namespace {

const std::map<std::string, std::vector<std::string>>& examples() {
  static const std::map<std::string, std::vector<std::string>> kExamples = {
      {"run",
       {"tandem run scenarios/quickstart.yaml", "tandem run scenarios/ps-vs-ring.yaml -s cluster.workers=8 --plot",
        "tandem run scenarios/linear-regression-10-nodes.yaml -w tcp -o /tmp/study --force"}},
      {"join", {"tandem join results/elastic", "tandem join results/elastic -n 2 --leave"}},
      {"sweep",
       {"tandem sweep scenarios/thousand-workers.yaml --on slurm -o /tmp/sweep -j 4",
        "tandem sweep scenarios/quickstart.yaml --on local -o /tmp/sweep --submit"}},
      {"gather", {"tandem gather results"}},
      {"report",
       {"tandem report results/reference/pipeline",
        "tandem report results/reference/pipeline --paper --figure breakdown --y-range 0:150"}},
      {"validate", {"tandem validate scenarios/quickstart.yaml scenarios/staleness.yaml"}},
      {"explain",
       {"tandem explain scenarios/ps-vs-ring.yaml",
        "tandem explain scenarios/ps-vs-ring.yaml -s cluster.network.bandwidth=1Gbit/s"}},
      {"compare",
       {"tandem compare scenarios/accuracy/short.yaml",
        "tandem compare scenarios/published/horovod.yaml --measured scenarios/published/horovod.csv"}},
      {"calibrate", {"tandem calibrate -w tcp -n 2 -o here.yaml"}},
      {"import", {"tandem import tests/golden/import/nccl-all-reduce.log -o measured.yaml"}},
      {"export", {"tandem export scenarios/ps-vs-ring.yaml --as perfetto -o trace.json"}},
      {"list", {"tandem list strategies", "tandem list --keys", "tandem list profiles --schema"}},
      {"bench-collectives", {"tandem bench-collectives -w threads -n 4 --max 16MiB --factor 16"}},
      {"lab new", {"tandem lab new ring", "tandem lab new top-k /tmp/mine"}},
      {"lab check", {"tandem lab check", "tandem lab check ring --seed 2026 --json score.json"}},
      {"serve", {"tandem serve", "tandem serve scenarios/ps-vs-ring.yaml --port 8000"}},
      {"completion", {"source <(tandem completion bash)", "tandem completion zsh > ~/.zfunc/_tandem"}},
      {"man", {"tandem man | man -l -"}},
      {"doctor", {"tandem doctor"}},
  };
  return kExamples;
}

std::vector<std::string> examples_of(const std::string& command) {
  const auto found = examples().find(command);
  return found == examples().end() ? std::vector<std::string>{} : found->second;
}

// CLI11 shows what is allowed as "TEXT:{a,b}".
std::vector<std::string> words_in_braces(const std::string& type) {
  std::vector<std::string> words;
  const std::size_t begin = type.find('{'), end = type.find('}');
  if (begin == std::string::npos || end == std::string::npos) return words;
  std::istringstream list(type.substr(begin + 1, end - begin - 1));
  for (std::string word; std::getline(list, word, ',');) words.push_back(word);
  return words;
}

std::vector<std::string> words_of(const CLI::Option& option, const std::string& name) {
  if (name == "--world") return names_of(worlds());
  if (name == "--collective") return all_collectives().names();
  if (name == "task") return lab_tasks().names();
  return words_in_braces(option.get_type_name());
}

OptionOutline outline_of(const CLI::Option& option) {
  OptionOutline outline{.doc = option.get_description(), .is_positional = option.get_positional()};
  for (const std::string& name : option.get_snames()) outline.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) outline.names.push_back("--" + name);
  if (outline.is_positional) outline.names = {option.get_name(/*positional=*/true)};
  outline.takes_value = option.get_items_expected_max() > 0;
  outline.words = words_of(option, outline.names.back());
  return outline;
}

void add_outline(const CLI::App& command, const std::string& path, std::vector<CommandOutline>& commands) {
  CommandOutline outline{.name = path, .doc = command.get_description(), .examples = examples_of(path)};
  for (const CLI::Option* option : command.get_options()) outline.options.push_back(outline_of(*option));
  const auto is_listed = [](const CLI::App* one) { return !one->get_name().empty() && !one->get_group().empty(); };
  const std::vector<const CLI::App*> below = command.get_subcommands(is_listed);
  for (const CLI::App* one : below) outline.subcommands.push_back(one->get_name());
  commands.push_back(std::move(outline));
  for (const CLI::App* one : below)
    add_outline(*one, path.empty() ? one->get_name() : path + " " + one->get_name(), commands);
}

void add_examples(CLI::App& command, const std::string& path) {
  const std::vector<std::string> lines = examples_of(path);
  if (!lines.empty()) {
    // CLI11 puts it after what a footer's function says, if there is one.
    command.footer(fmt::format("Examples:\n  {}\n", fmt::join(lines, "\n  ")));
  }
  for (CLI::App* one : command.get_subcommands([](CLI::App*) { return true; }))
    add_examples(*one, path.empty() ? one->get_name() : path + " " + one->get_name());
}

}  // namespace

std::vector<CommandOutline> outline_of(const CLI::App& app) {
  std::vector<CommandOutline> commands;
  add_outline(app, "", commands);
  return commands;
}

void add_examples(CLI::App& app) { add_examples(app, ""); }

}  // namespace tandem

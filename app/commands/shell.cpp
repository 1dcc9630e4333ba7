#include "app/commands/shell.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "app/commands/command.h"
#include "app/commands/outline.h"

namespace tandem {
namespace {

/// The text with a backslash before each of these characters.
std::string escaped(const std::string& text, std::string_view characters) {
  std::string result;
  for (const char c : text) {
    if (characters.find(c) != std::string_view::npos) result += '\\';
    result += c;
  }
  return result;
}

/// Commands that are given by two words: "lab".
std::string first_words(const std::vector<CommandOutline>& commands) {
  std::vector<std::string> names;
  for (const CommandOutline& command : commands) {
    if (!command.name.empty() && !command.subcommands.empty()) names.push_back(command.name);
  }
  return fmt::format("{}", fmt::join(names, "|"));
}

std::vector<std::string> bash_words(const CommandOutline& command) {
  std::vector<std::string> words = command.subcommands;
  for (const OptionOutline& option : command.options) {
    const auto& more = option.is_positional ? option.words : option.names;
    words.insert(words.end(), more.begin(), more.end());
  }
  return words;
}

// A value of which nothing is known is a file or free text: bash then offers files.
std::string bash_values(const CommandOutline& command) {
  std::string cases;
  for (const OptionOutline& option : command.options) {
    if (option.is_positional || !option.takes_value) continue;
    for (const std::string& name : option.names)
      cases += fmt::format("    \"{} {}\") words=\"{}\" ;;\n", command.name, name, fmt::join(option.words, " "));
  }
  return cases;
}

std::string bash_script(const std::vector<CommandOutline>& commands) {
  std::string values, words;
  for (const CommandOutline& command : commands) {
    values += bash_values(command);
    words += fmt::format("    \"{}\") words=\"{}\" ;;\n", command.name, fmt::join(bash_words(command), " "));
  }
  return fmt::format(R"(# bash completion for tandem. Made by `tandem completion bash`.
_tandem() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} command="" words="" word
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    [[ $word == -* ]] && continue
    case $command in
      "") command=$word ;;
      {}) command="$command $word"; break ;;
      *) break ;;
    esac
  done
  case "$command $before" in
{}    *) case $command in
{}    esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -o default -F _tandem tandem ./tandem
)",
                     first_words(commands), values, words);
}

std::string zsh_option(const OptionOutline& option) {
  const std::string doc = escaped(option.doc, "[]:\\");
  std::string value;
  if (option.takes_value)
    value = option.words.empty() ? ":value:_files" : fmt::format(":value:({})", fmt::join(option.words, " "));
  if (option.is_positional) {
    return fmt::format("'*:{}:{}'", escaped(option.doc, ":\\"),
                       option.words.empty() ? "_files" : fmt::format("({})", fmt::join(option.words, " ")));
  }
  std::string lines;
  for (const std::string& name : option.names) {
    if (!lines.empty()) lines += " \\\n        ";
    lines += fmt::format("'*{}[{}]{}'", name, doc, value);
  }
  return lines;
}

// Apostrophes would end the quotation in which descriptions stand.
std::string without_apostrophes(std::string text) {
  for (std::size_t at = text.find('\''); at != std::string::npos; at = text.find('\'', at + 3))
    text.replace(at, 1, "’");
  return text;
}

std::string zsh_arguments(const CommandOutline& command) {
  std::string lines;
  if (!command.subcommands.empty())
    return fmt::format("      _values 'command' {}\n", fmt::join(command.subcommands, " "));
  for (OptionOutline option : command.options) {
    option.doc = without_apostrophes(option.doc);
    lines += " \\\n        " + zsh_option(option);
  }
  return fmt::format("      _arguments -s{}\n", lines);
}

std::string zsh_script(const std::vector<CommandOutline>& commands) {
  std::string described, cases;
  for (const CommandOutline& command : commands) {
    if (command.name.empty()) continue;
    if (command.name.find(' ') == std::string::npos)
      described += fmt::format("    '{}:{}'\n", command.name, without_apostrophes(escaped(command.doc, ":\\")));
    cases += fmt::format("    '{}')\n{}      ;;\n", command.name, zsh_arguments(command));
  }
  return fmt::format(R"(#compdef tandem
# zsh completion for tandem. Made by `tandem completion zsh`.
_tandem() {{
  local -a commands
  commands=(
{}  )
  if (( CURRENT == 2 )); then
    _describe 'command' commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
    {})
      if (( CURRENT > 2 )); then
        command="$command $words[2]"
        shift words
        (( CURRENT-- ))
      fi
      ;;
  esac
  case $command in
{}  esac
}}
if [[ $funcstack[1] == _tandem ]]; then _tandem "$@"; else compdef _tandem tandem; fi
)",
                     described, first_words(commands), cases);
}

// A line that begins with a dot or an apostrophe is a request of roff.
std::string roff(const std::string& text) {
  std::string safe = escaped(text, "\\-");
  if (safe.starts_with('.') || safe.starts_with('\'')) safe.insert(0, "\\&");
  return safe;
}

std::string manual_of(const CommandOutline& command) {
  std::string text = fmt::format(".SS \"{}\"\n{}.\n", roff("tandem " + command.name), roff(command.doc));
  for (const OptionOutline& option : command.options) {
    text += fmt::format(".TP\n\\fB{}\\fR{}\n{}\n", roff(fmt::format("{}", fmt::join(option.names, ", "))),
                        option.takes_value && !option.is_positional ? " \\fIvalue\\fR" : "", roff(option.doc));
  }
  if (!command.examples.empty()) text += ".PP\nExamples:\n.PP\n.nf\n";
  for (const std::string& example : command.examples) text += "    " + roff(example) + "\n";
  if (!command.examples.empty()) text += ".fi\n";
  return text;
}

std::string manual(const std::vector<CommandOutline>& commands) {
  std::string text = fmt::format(
      ".TH TANDEM 1\n.SH NAME\ntandem \\- distributed\\-training strategies, run for real and simulated\n.SH SYNOPSIS\n"
      ".B tandem\n.I command\n[options]\n.SH DESCRIPTION\n{}\n.SH COMMANDS\n",
      roff(
          "A scenario file asks one question; one command answers it with a figure. The same strategy runs in threads, "
          "over TCP, by MPI, and on a simulated cluster."));
  for (const CommandOutline& command : commands) {
    if (!command.name.empty()) text += manual_of(command);
  }
  return text +
         ".SH EXIT STATUS\n.TP\n0\nAll runs ended and all checks held.\n.TP\n1\nA run failed; the others went "
         "on.\n.TP\n2\n"
         "A mistake in the command or the scenario; nothing was run.\n.TP\n3\nA check did not hold.\n";
}

}  // namespace

void add_completion(CLI::App& app, CompletionOptions& options) {
  CLI::App* completion = app.add_subcommand("completion", "Print a script that completes commands in a shell");
  completion->add_option("shell", options.shell, "Which shell")->required()->check(CLI::IsMember({"bash", "zsh"}));
}

void add_man(CLI::App& app) { app.add_subcommand("man", "Print the manual page, in roff"); }

int completion_command(const CLI::App& app, const CompletionOptions& options) {
  const std::vector<CommandOutline> commands = outline_of(app);
  fmt::print("{}", options.shell == "bash" ? bash_script(commands) : zsh_script(commands));
  return kSuccess;
}

int man_command(const CLI::App& app) {
  fmt::print("{}", manual(outline_of(app)));
  return kSuccess;
}

}  // namespace tandem

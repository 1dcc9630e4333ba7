// Declaring the options of an idea, and reading and writing a choice among ideas.
#pragma once

#include "core/config/choice.h"
#include "core/config/fields.h"
#include "core/config/limits.h"

namespace tandem {

struct OptionTable::Keys {
  TypeInfo info;
  std::any defaults;
  std::function<void(const Value&, Reader&, std::any&)> read;  ///< skips keys that are not the table's
  std::function<Json(const std::any&)> write;
  std::function<std::string(const std::any&)> label;
};

/// `label` returns the words that distinguish runs with different options ("s=3"), joined by spaces; options with their
/// usual values may be left out.
template <class T>
OptionTable option_table(const Mapping<T>& keys, std::string (*label)(const T&)) {
  return OptionTable(std::make_shared<const OptionTable::Keys>(
      OptionTable::Keys{keys.info(), T{},
                        [keys](const Value& value, Reader& reader, std::any& into) {
                          keys.read_entries(value, reader, std::any_cast<T&>(into));
                        },
                        [keys](const std::any& held) { return keys.write(std::any_cast<const T&>(held)); },
                        [label](const std::any& held) { return label(std::any_cast<const T&>(held)); }}));
}

/// A choice whose options all have their defaults.
Choice default_choice(const Alternative& alternative);

/// Reads and writes a choice. A key of several alternatives has one meaning and one type in all of them; its defaults
/// may differ. With `name_alone`, `ring` stands for `{name: ring}`, and is what is written when the idea has no
/// options. `what` is the word for what is chosen: "the strategy".
Type<Choice> choice_among(const std::vector<Alternative>& alternatives, const std::string& what, bool name_alone);

/// Reads a choice from a text as in a scenario, `{name: ps-sync, servers: 2}`. Throws ScenarioError for mistakes.
Choice parse_choice(const std::string& yaml, const Type<Choice>& type);

}  // namespace tandem

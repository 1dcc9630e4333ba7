// Binds the keys of a scenario to C++ values. A Type<T> knows how a T is written: it reads one, writes one and
// describes itself. A Mapping<T> is a Type<T> made of keys, each bound to a member of T:
//
//   Mapping<Network> network() {
//     Mapping<Network> keys;
//     keys.key("latency", &Network::latency_s, quantity(Dimension::time, between(0, 3600)), "one way, host to host");
//     return keys;
//   }
//
// From that one line come the loader's checks and error texts, the resolved scenario in run.json, the JSON Schema and
// the reference page.
#pragma once

#include <fmt/format.h>

#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/config/document.h"
#include "core/config/json.h"
#include "core/config/key_table.h"
#include "core/config/keys.h"
#include "core/config/reader.h"
#include "core/config/shared.h"

namespace tandem {

template <class T>
struct Type {
  TypeInfo info;
  SharedFunction<void(const Value&, Reader&, T&)> read;  ///< reports mistakes and then leaves T as it was
  SharedFunction<Json(const T&)> write;                  ///< null: there is nothing to write
};

Type<bool> flag();
Type<double> number(Bounds bounds);
/// Which workers, or which servers.
Type<RankSet> ranks();
Type<std::string> text();
Type<std::string> choice_of(const std::vector<std::string>& names);
/// One of these names, or a YAML file.
Type<std::string> choice_or_file(const std::vector<std::string>& names);
/// The map as it is written, for keys that are read later.
Type<Value> any_mapping();

template <std::integral Number = std::size_t>
Type<Number> whole(Bounds bounds) {
  const TypeInfo info{.shape = Shape::whole, .bounds = bounds};
  const auto read = [info](const Value& value, Reader& reader, Number& into) {
    std::uint64_t number = static_cast<std::uint64_t>(into);
    read_whole(value, info, reader, number);
    into = static_cast<Number>(number);
  };
  return {info, read, [](const Number& number) { return Json(number); }};
}

/// `Number` is double, or a whole type for sizes in bytes.
template <class Number = double>
Type<Number> quantity(Dimension dimension, Bounds bounds) {
  const TypeInfo info{.shape = Shape::quantity, .dimension = dimension, .bounds = bounds};
  const auto read = [info](const Value& value, Reader& reader, Number& into) {
    double amount = static_cast<double>(into);
    read_quantity(value, info, reader, amount);
    into = static_cast<Number>(amount);
  };
  const auto write = [dimension](const Number& amount) {
    return Json(format_quantity_exactly(static_cast<double>(amount), dimension));
  };
  return {info, read, write};
}

/// Names for values. A value with two names is written as the first.
template <class T>
Type<T> choice(std::vector<std::pair<std::string, T>> names) {
  TypeInfo info{.shape = Shape::choice};
  for (const auto& [name, value] : names) info.choices.push_back(name);
  const auto read = [info, names](const Value& value, Reader& reader, T& into) {
    std::size_t index = names.size();
    read_choice(value, info, reader, index);
    if (index < names.size()) into = names[index].second;
  };
  const auto write = [names](const T& chosen) {
    for (const auto& [name, value] : names) {
      if (value == chosen) return Json(name);
    }
    return Json();
  };
  return {info, read, write};
}

template <class T>
Type<std::vector<T>> list_of(const Type<T>& element, Bounds length) {
  const TypeInfo info{.shape = Shape::list, .bounds = length, .element = std::make_shared<TypeInfo>(element.info)};
  const auto read = [info, read_element = element.read](const Value& value, Reader& reader, std::vector<T>& into) {
    if (!check_list(value, info, reader)) return;
    into.clear();
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      const Reader::Step step(reader, fmt::format("[{}]", i), value.items[i].position);
      T item{};
      read_element(value.items[i], reader, item);
      into.push_back(std::move(item));
    }
  };
  const auto write = [write_element = element.write](const std::vector<T>& items) {
    Json list = Json::array();
    for (const T& item : items) list.push_back(write_element(item));
    return list;
  };
  return {info, read, write};
}

/// A key that may be absent, with no default.
template <class T>
Type<std::optional<T>> maybe(const Type<T>& type) {
  const auto read = [read_present = type.read](const Value& value, Reader& reader, std::optional<T>& into) {
    T found{};
    read_present(value, reader, found);
    into = std::move(found);
  };
  const auto write = [write_present = type.write](const std::optional<T>& held) {
    return held ? write_present(*held) : Json();
  };
  return {type.info, read, write};
}

/// A key whose absence is stored as the value `unset`, which cannot be written in a scenario.
template <class T>
Type<T> unless(T unset, const Type<T>& type) {
  const auto write = [unset, write_set = type.write](const T& held) {
    return held == unset ? Json() : write_set(held);
  };
  return {type.info, type.read, write};
}

/// A list whose absence is stored as an empty list.
template <class T>
Type<std::vector<T>> unless_empty(const Type<std::vector<T>>& type) {
  const auto write = [write_list = type.write](const std::vector<T>& held) {
    return held.empty() ? Json() : write_list(held);
  };
  return {type.info, type.read, write};
}

/// The member of a member: in(&Scenario::workload, &WorkloadSpec::batch).
template <class Outer, class Inner>
auto in(Outer outer, Inner inner) {
  return [ outer, inner ](auto& owner) -> auto& { return std::invoke(inner, std::invoke(outer, owner)); };
}

template <class Owner>
class Mapping {
 public:
  /// Adds a key. `member` is a pointer to a member of Owner, or a function from Owner& to a reference. The default is
  /// what a new Owner holds.
  template <class Member, class T>
  Mapping& key(std::string_view name, Member member, const Type<T>& type, std::string_view doc) {
    table_.add(
        name, doc, type.info,
        [member, read = type.read](const Value& value, Reader& reader, void* owner) {
          read(value, reader, std::invoke(member, *static_cast<Owner*>(owner)));
        },
        [member, write = type.write](const void* owner) {
          return write(std::invoke(member, *static_cast<const Owner*>(owner)));
        },
        fresh());
    return *this;
  }

  /// Adds a mapping whose keys are bound to members of the same Owner.
  Mapping& group(std::string_view name, const Mapping& keys, std::string_view doc) {
    return key(
        name, [](auto& owner) -> auto& { return owner; }, keys.type(), doc);
  }

  /// The key added last is required.
  Mapping& required() {
    table_.require_last();
    return *this;
  }
  /// Describes the default of the key added last in words, because it depends on other keys.
  Mapping& otherwise(std::string_view default_text) {
    table_.describe_default_of_last(default_text);
    return *this;
  }

  /// `deciding` is the key whose value says which of the other keys may stand beside it.
  Mapping& variants(const std::string& deciding, const std::vector<Variant>& variants) {
    table_.set_variants(deciding, variants);
    return *this;
  }

  Type<Owner> type() const {
    return {table_.info(),
            [table = table_](const Value& value, Reader& reader, Owner& owner) { table.read(value, reader, &owner); },
            [table = table_](const Owner& owner) { return table.write(&owner); }};
  }
  const TypeInfo& info() const { return table_.info(); }

  void read(const Value& value, Reader& reader, Owner& owner) const { table_.read(value, reader, &owner); }
  /// Reads the keys of a map that was checked, and skips those that are not this mapping's.
  void read_entries(const Value& value, Reader& reader, Owner& owner) const {
    table_.read_entries(value, reader, &owner);
  }
  Json write(const Owner& owner) const { return table_.write(&owner); }

 private:
  static const void* fresh() {
    static const Owner kFresh{};
    return &kFresh;
  }

  KeyTable table_;
};

}  // namespace tandem

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
#include <utility>
#include <vector>

#include "core/config/document.h"
#include "core/config/json.h"
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

inline Type<bool> flag() {
  const TypeInfo info{.shape = Shape::flag};
  return {info, [info](const Value& value, Reader& reader, bool& into) { read_flag(value, info, reader, into); },
          [](const bool& on) { return Json(on); }};
}

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

inline Type<double> number(Bounds bounds) {
  const TypeInfo info{.shape = Shape::number, .bounds = bounds};
  return {info, [info](const Value& value, Reader& reader, double& into) { read_number(value, info, reader, into); },
          [](const double& number) { return Json(number); }};
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

/// Which workers, or which servers.
inline Type<RankSet> ranks() {
  const TypeInfo info{.shape = Shape::ranks};
  const auto write = [](const RankSet& held) {
    Json list = Json::array();
    for (const RankRange& range : held.ranges) {
      const std::string step = range.step == 1 ? "" : fmt::format("/{}", range.step);
      if (range.first == range.last) {
        list.push_back(range.first);
      } else {
        list.push_back(fmt::format("{}-{}{}", range.first, range.last, step));
      }
    }
    return list.empty() ? Json() : list.size() == 1 ? list[0] : list;
  };
  return {info, [info](const Value& value, Reader& reader, RankSet& into) { read_ranks(value, info, reader, into); },
          write};
}

inline Type<std::string> text() {
  const TypeInfo info{.shape = Shape::text};
  return {info, [info](const Value& value, Reader& reader, std::string& into) { read_text(value, info, reader, into); },
          [](const std::string& words) { return words.empty() ? Json() : Json(words); }};
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

inline Type<std::string> choice_of(const std::vector<std::string>& names) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& name : names) pairs.emplace_back(name, name);
  return choice(std::move(pairs));
}

/// One of these names, or a YAML file.
inline Type<std::string> choice_or_file(const std::vector<std::string>& names) {
  TypeInfo info = choice_of(names).info;
  info.or_file = true;
  const auto read = [info](const Value& value, Reader& reader, std::string& into) {
    std::size_t index = info.choices.size();
    const bool is_file = value.kind == Value::Kind::scalar && names_yaml_file(value.text);
    if (!is_file) read_choice(value, info, reader, index);
    if (is_file || index < info.choices.size()) into = value.text;
  };
  return {info, read, text().write};
}

template <class T>
Type<std::vector<T>> list_of(Type<T> element, Bounds length) {
  const TypeInfo info{.shape = Shape::list, .bounds = length, .element = std::make_shared<TypeInfo>(element.info)};
  const auto read = [info, element](const Value& value, Reader& reader, std::vector<T>& into) {
    if (!check_list(value, info, reader)) return;
    into.clear();
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      const Reader::Step step(reader, fmt::format("[{}]", i), value.items[i].position);
      T item{};
      element.read(value.items[i], reader, item);
      into.push_back(std::move(item));
    }
  };
  const auto write = [element](const std::vector<T>& items) {
    Json list = Json::array();
    for (const T& item : items) list.push_back(element.write(item));
    return list;
  };
  return {info, read, write};
}

/// A key that may be absent, with no default.
template <class T>
Type<std::optional<T>> maybe(Type<T> type) {
  const auto read = [type](const Value& value, Reader& reader, std::optional<T>& into) {
    T found{};
    type.read(value, reader, found);
    into = std::move(found);
  };
  return {type.info, read, [type](const std::optional<T>& held) { return held ? type.write(*held) : Json(); }};
}

/// A key whose absence is stored as the value `unset`, which cannot be written in a scenario.
template <class T>
Type<T> unless(T unset, Type<T> type) {
  const auto write = [unset, type](const T& held) { return held == unset ? Json() : type.write(held); };
  return {type.info, type.read, write};
}

/// A list whose absence is stored as an empty list.
template <class T>
Type<std::vector<T>> unless_empty(Type<std::vector<T>> type) {
  const auto write = [type](const std::vector<T>& held) { return held.empty() ? Json() : type.write(held); };
  return {type.info, type.read, write};
}

/// The map as it is written, for keys that are read later.
inline Type<Value> any_mapping() {
  const TypeInfo info{.shape = Shape::any_mapping};
  const auto read = [info](const Value& value, Reader& reader, Value& into) {
    if (value.kind != Value::Kind::map) return reader.wrong_value(value, info);
    into = value;
  };
  return {info, read, [](const Value&) { return Json(); }};
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
  Mapping& key(const std::string& name, Member member, Type<T> type, const std::string& doc) {
    add(
        name, doc, type.info,
        [member, type](const Value& value, Reader& reader, Owner& owner) {
          type.read(value, reader, std::invoke(member, owner));
        },
        [member, type](const Owner& owner) { return type.write(std::invoke(member, owner)); });
    return *this;
  }

  /// Adds a mapping whose keys are bound to members of the same Owner.
  Mapping& group(const std::string& name, Mapping keys, const std::string& doc) {
    return key(
        name, [](auto& owner) -> auto& { return owner; }, keys.type(), doc);
  }

  /// The key added last is required.
  Mapping& required() {
    KeyInfo& last = info_.keys.edit().back();
    last.required = true;
    last.default_text.clear();
    return *this;
  }
  /// Describes the default of the key added last in words, because it depends on other keys.
  Mapping& otherwise(const std::string& default_text) {
    info_.keys.edit().back().default_text = default_text;
    return *this;
  }

  /// `deciding` is the key whose value says which of the other keys may stand beside it.
  Mapping& variants(const std::string& deciding, std::vector<Variant> variants) {
    info_.variant_key = deciding;
    info_.variants = std::move(variants);
    return *this;
  }

  Type<Owner> type() const {
    return {info_,
            [self = *this](const Value& value, Reader& reader, Owner& owner) { self.read(value, reader, owner); },
            [self = *this](const Owner& owner) { return self.write(owner); }};
  }
  const TypeInfo& info() const { return info_; }

  void read(const Value& value, Reader& reader, Owner& owner) const {
    if (check_mapping(value, info_, reader)) read_entries(value, reader, owner);
  }
  /// Reads the keys of a map that was checked, and skips those that are not this mapping's.
  void read_entries(const Value& value, Reader& reader, Owner& owner) const {
    for (const Entry& entry : value.entries) {
      for (std::size_t i = 0; i < info_.keys.size(); ++i) {
        if (info_.keys[i].key != entry.key) continue;
        const Reader::Step step(reader, entry.key, entry.position);
        if (entry.value.kind == Value::Kind::null) {
          reader.error(entry.position, fmt::format("{} has no value", reader.path()));
        } else {
          readers_[i](entry.value, reader, owner);
        }
      }
    }
  }

  Json write(const Owner& owner) const {
    Json map = Json::object();
    for (std::size_t i = 0; i < info_.keys.size(); ++i) {
      Json value = writers_[i](owner);
      if (!value.is_null()) map[info_.keys[i].key] = std::move(value);
    }
    if (info_.variant_key.empty() || !map.contains(info_.variant_key)) return map;
    const std::vector<std::string> taken = keys_of_variant(info_, map[info_.variant_key].template get<std::string>());
    Json kept = Json::object();
    for (const std::string& key : taken) {
      if (map.contains(key)) kept[key] = map[key];
    }
    return kept;
  }

 private:
  void add(const std::string& name, const std::string& doc, const TypeInfo& type,
           SharedFunction<void(const Value&, Reader&, Owner&)> read, SharedFunction<Json(const Owner&)> write) {
    const Json initial = write(Owner{});
    const bool is_plain = !initial.is_null() && type.shape != Shape::mapping;
    const std::string default_text = !is_plain ? "" : initial.is_string() ? initial.get<std::string>() : initial.dump();
    info_.keys.edit().push_back({name, doc, type, false, default_text});
    readers_.push_back(std::move(read));
    writers_.push_back(std::move(write));
  }

  TypeInfo info_{.shape = Shape::mapping};
  std::vector<SharedFunction<void(const Value&, Reader&, Owner&)>> readers_;
  std::vector<SharedFunction<Json(const Owner&)>> writers_;
};

}  // namespace tandem

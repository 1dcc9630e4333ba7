// A choice among ideas that declare their own options: `codec: {name: top-k, ratio: 0.01}`. Each idea's file has a
// struct of options and binds its members to keys (core/config/options.h); no other file needs to know the struct.
#pragma once

#include <any>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// An idea's name and the values of its options: one struct for each of its tables.
struct Choice {
  std::string name;
  std::vector<std::any> options;

  explicit operator bool() const { return !name.empty(); }
  /// The options of type T, which must be the struct of one of the idea's tables; asking for another is a bug.
  template <class T>
  const T& get() const {
    return *find<T>();
  }
  template <class T>
  const T* find() const {
    for (const std::any& held : options) {
      if (const T* found = std::any_cast<T>(&held)) return found;
    }
    return nullptr;
  }
  template <class T>
  T& edit() {
    return const_cast<T&>(get<T>());
  }
};

/// The options of one idea, without their type: a struct bound to keys, and how tables and legends show its values.
/// options.h makes and reads them.
class OptionTable {
 public:
  struct Keys;
  explicit OptionTable(std::shared_ptr<const Keys> keys) : keys_(std::move(keys)) {}
  const Keys& keys() const { return *keys_; }

 private:
  std::shared_ptr<const Keys> keys_;
};

/// The names of its keys, in their order.
std::vector<std::string> key_names(const OptionTable& table);

/// One alternative of a choice, as the reader sees it.
struct Alternative {
  std::string name;
  std::string doc;
  std::vector<OptionTable> tables;
};

/// "ps-async x2 s=3": the name and what its tables show.
std::string label_of(const Choice& choice, const std::vector<Alternative>& alternatives);

/// The alternatives of a registry whose rows have name, doc and options.
template <class Rows>
std::vector<Alternative> alternatives_of(const Rows& rows) {
  std::vector<Alternative> all;
  for (const auto& row : rows) all.push_back({std::string(row.name), std::string(row.doc), row.options});
  return all;
}

}  // namespace tandem

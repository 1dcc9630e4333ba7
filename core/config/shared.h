// Lists and functions that their copies share. The table of a scenario's keys is put together from parts, each a value
// that is copied into the next larger one; sharing keeps that style at the cost of counting references.
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace tandem {

/// A list that reads like a const vector. Changing one copy leaves the others as they were. `Item` may be incomplete
/// where the list is a member.
template <class Item>
class SharedList {
 public:
  SharedList() = default;
  SharedList(std::initializer_list<Item> items) : SharedList(std::vector<Item>(items)) {}
  SharedList(std::vector<Item> items) : items_(std::make_shared<std::vector<Item>>(std::move(items))) {}

  auto begin() const { return items().begin(); }
  auto end() const { return items().end(); }
  std::size_t size() const { return items().size(); }
  bool empty() const { return items().empty(); }
  const Item& operator[](std::size_t index) const { return items()[index]; }
  const Item& front() const { return items().front(); }

  /// The list to be changed, of its own from now on. The reference holds until this list is copied.
  std::vector<Item>& edit() {
    if (items_ == nullptr || items_.use_count() > 1) items_ = std::make_shared<std::vector<Item>>(items());
    return *items_;
  }

 private:
  const std::vector<Item>& items() const {
    static const std::vector<Item> kNone;
    return items_ == nullptr ? kNone : *items_;
  }

  std::shared_ptr<std::vector<Item>> items_;
};

template <class T, class Other>
concept OtherThan = !std::same_as<std::remove_cvref_t<T>, Other>;

template <class Signature>
class SharedFunction;

/// A std::function whose copies are one.
template <class Result, class... Arguments>
class SharedFunction<Result(Arguments...)> {
 public:
  template <OtherThan<SharedFunction> Function>
  SharedFunction(Function&& function) : function_(shared(std::forward<Function>(function))) {}

  Result operator()(Arguments... arguments) const { return (*function_)(std::forward<Arguments>(arguments)...); }

 private:
  using Held = std::function<Result(Arguments...)>;

  // Compiled once, and not for each function that is held.
  static std::shared_ptr<const Held> shared(Held function) { return std::make_shared<const Held>(std::move(function)); }

  std::shared_ptr<const Held> function_;
};

}  // namespace tandem

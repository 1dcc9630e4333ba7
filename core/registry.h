// The rows of one kind of idea: strategies, collectives, codecs, schedules, topologies, figures.
#pragma once

#include <deque>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem {

/// Rows in the alphabetical order of their files, each with a member `name`. cmake/registry.cmake generates one for
/// each folder of ideas. A program that links the library adds rows of its own with `add` at its start, before any row
/// is looked up. The address of a row never changes.
template <class Row>
class Registry {
 public:
  explicit Registry(std::initializer_list<Row (*)()> makers) {
    for (Row (*make)() : makers) rows_.push_back(make());
  }

  auto begin() const { return rows_.begin(); }
  auto end() const { return rows_.end(); }
  std::size_t size() const { return rows_.size(); }

  /// Null if no row has that name.
  const Row* find(std::string_view name) const {
    for (const Row& row : rows_) {
      if (row.name == name) return &row;
    }
    return nullptr;
  }

  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const Row& row : rows_) all.emplace_back(row.name);
    return all;
  }

  void add(Row row) { rows_.push_back(std::move(row)); }

 private:
  std::deque<Row> rows_;
};

}  // namespace tandem

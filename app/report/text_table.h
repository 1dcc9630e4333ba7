// Tables and paragraphs of plain text: the one place that aligns columns and breaks lines.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

struct TableStyle {
  bool colour = false;      ///< whether headings are bold
  std::size_t columns = 0;  ///< the width to fit into; 0: unlimited
};

class TextTable {
 public:
  /// Texts are aligned to the left, numbers to the right.
  enum class Kind { text, number };
  struct Column {
    std::string heading;
    Kind kind;
    std::vector<std::string> cells;
    std::size_t width;
  };
  void add_column(std::string heading, Kind kind, std::vector<std::string> cells);

  /// A line per row below the headings, columns two blanks apart. A table that is too wide is cut into several below
  /// each other, each of which begins with the first `keys` columns.
  std::string text(const TableStyle& style = {}, std::size_t keys = 1) const;

  const std::vector<Column>& columns() const { return columns_; }

 private:
  std::string block(const std::vector<const Column*>& columns, const TableStyle& style) const;

  std::vector<Column> columns_;
};

/// The number of characters that a terminal shows: one per UTF-8 sequence.
std::size_t display_width(std::string_view text);

/// Lines of at most `columns` characters, broken at blanks; a longer word has a line of its own.
std::vector<std::string> wrapped(std::string_view text, std::size_t columns);

}  // namespace tandem

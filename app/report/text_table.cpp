#include "app/report/text_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <utility>

namespace tandem {
namespace {

constexpr std::size_t kGap = 2;

}  // namespace

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::vector<std::string> wrapped(std::string_view text, std::size_t columns) {
  std::vector<std::string> lines;
  std::istringstream words{std::string(text)};
  for (std::string word; words >> word;) {
    if (lines.empty() || display_width(lines.back()) + 1 + display_width(word) > columns) {
      lines.push_back(word);
    } else {
      lines.back() += " " + word;
    }
  }
  return lines;
}

void TextTable::add_column(std::string heading, Kind kind, std::vector<std::string> cells) {
  std::size_t width = display_width(heading);
  for (const std::string& cell : cells) width = std::max(width, display_width(cell));
  columns_.push_back({std::move(heading), kind, std::move(cells), width});
}

std::string TextTable::block(const std::vector<const Column*>& columns, const TableStyle& style) const {
  std::vector<std::string> lines(1 + columns.front()->cells.size());
  for (const Column* column : columns) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const std::string& cell = i == 0 ? column->heading : column->cells[i - 1];
      const std::string fill(column->width - display_width(cell), ' ');
      if (column != columns.front()) lines[i] += std::string(kGap, ' ');
      lines[i] += column->kind == Kind::text ? cell + fill : fill + cell;
    }
  }
  std::string text;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    lines[i].erase(lines[i].find_last_not_of(' ') + 1);
    text += i == 0 && style.colour ? fmt::format("\x1b[1m{}\x1b[0m\n", lines[i]) : lines[i] + "\n";
  }
  return text;
}

std::string TextTable::text(const TableStyle& style, std::size_t keys) const {
  if (columns_.empty()) return {};
  keys = std::min(keys, columns_.size());
  std::vector<const Column*> head;
  std::size_t head_width = 0;
  for (std::size_t i = 0; i < keys; ++i) {
    head.push_back(&columns_[i]);
    head_width += columns_[i].width + (i == 0 ? 0 : kGap);
  }
  std::string text;
  std::vector<const Column*> row = head;
  std::size_t width = head_width;
  for (std::size_t i = keys; i < columns_.size(); ++i) {
    const bool is_full = style.columns != 0 && width + kGap + columns_[i].width > style.columns;
    if (is_full && row.size() > head.size()) {
      text += block(row, style) + "\n";
      row = head;
      width = head_width;
    }
    row.push_back(&columns_[i]);
    width += kGap + columns_[i].width;
  }
  return text + block(row, style);
}

}  // namespace tandem

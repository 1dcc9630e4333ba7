#include "core/config/document.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "core/config/large_document.h"

namespace tandem {
namespace {

constexpr int kDeepest = 40;
constexpr std::size_t kMostValues = 100'000;  // 10,000 layers of a resolved profile have 60,000
constexpr std::size_t kMostKeys = 1000;       // in one mapping: each is compared with all its others

/// Turns yaml-cpp's nodes into Values. Aliases are copied; the limits end a document whose aliases multiply or
/// contain themselves.
class Conversion {
 public:
  Conversion(const Source& source, std::size_t most_values, Diagnostics& diagnostics)
      : source_(source), most_values_(most_values), diagnostics_(diagnostics) {}

  Value convert(const YAML::Node& node, Position fallback, int depth = 0) {
    Value value;
    value.position = position_of(node.Mark(), fallback);
    if (!within_limits(node, value.position, depth)) return value;
    switch (node.Type()) {
      case YAML::NodeType::Undefined:
      case YAML::NodeType::Null:
        break;
      case YAML::NodeType::Scalar:
        value.kind = Value::Kind::scalar;
        value.text = node.Scalar();
        value.quoted = node.Tag() == "!";
        break;
      case YAML::NodeType::Sequence:
        value.kind = Value::Kind::list;
        for (const YAML::Node& item : node) value.items.push_back(convert(item, value.position, depth + 1));
        break;
      case YAML::NodeType::Map:
        value.kind = Value::Kind::map;
        for (const auto& pair : node) add_entry(value, pair.first, pair.second, depth);
        break;
    }
    return value;
  }

 private:
  Position position_of(const YAML::Mark& mark, Position fallback) const {
    return mark.is_null() ? fallback : Position{&source_, mark.line, mark.column};
  }

  void add_entry(Value& map, const YAML::Node& key, const YAML::Node& value, int depth) {
    Entry entry;
    entry.position = position_of(key.Mark(), map.position);
    if (!key.IsScalar()) {
      diagnostics_.add({entry.position, "a key must be plain text", {}, {}});
      return;
    }
    entry.key = key.Scalar();
    if (const Entry* first = map.find(entry.key)) {
      diagnostics_.add(
          {entry.position,
           fmt::format("duplicate key \"{}\"; it is already on line {}", entry.key, first->position.line + 1),
           {},
           {}});
      return;
    }
    entry.value = convert(value, entry.position, depth + 1);
    map.entries.push_back(std::move(entry));
  }

  bool within_limits(const YAML::Node& node, const Position& position, int depth) {
    if (exceeded_) return false;
    std::string excess;
    if (depth > kDeepest) {
      excess = fmt::format("more than {} levels of nesting", kDeepest);
    } else if (++values_ > most_values_) {
      excess = fmt::format("more than {} values", most_values_);
    } else if (node.IsMap() && node.size() > kMostKeys) {
      excess = fmt::format("more than {} keys in one mapping", kMostKeys);
    }
    if (excess.empty()) return true;
    exceeded_ = true;
    diagnostics_.add({position, excess, {}, {}});
    return false;
  }

  const Source& source_;
  std::size_t most_values_;
  Diagnostics& diagnostics_;
  std::size_t values_ = 0;
  bool exceeded_ = false;
};

/// The column of the tab that indents this line; nullopt when none does.
std::optional<int> indenting_tab(std::string_view text, int line) {
  for (int i = 0; i < line; ++i) text.remove_prefix(std::min(text.size(), text.find('\n') + 1));
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos || text[first] != '\t') return std::nullopt;
  return static_cast<int>(first);
}

/// Clearer texts for yaml-cpp's most frequent errors.
std::string plainly(const std::string& message) {
  if (message == "end of map flow not found") return "a \"{\" is not closed";
  if (message == "end of sequence flow not found") return "a \"[\" is not closed";
  if (message == "illegal map value") return "a \":\" where none can be; text with \": \" in it needs quotation marks";
  return message;
}

void report_syntax(const YAML::Exception& error, const Source& source, Diagnostics& diagnostics) {
  const bool has_place = !error.mark.is_null() && error.mark.line >= 0;
  if (!has_place) return diagnostics.add({{&source}, "not valid YAML: " + plainly(error.msg), {}, {}});
  Position position{&source, error.mark.line, error.mark.column};
  if (const std::optional<int> tab = indenting_tab(source.text, position.line)) {
    position.column = *tab;
    return diagnostics.add({position, "not valid YAML: a tab in the indentation; use spaces", {}, {}});
  }
  diagnostics.add({position, "not valid YAML: " + plainly(error.msg), {}, {}});
}

/// The first line (from 1) that is not UTF-8 by nlohmann-json's rules: a text that it cannot write could not be put
/// into run.json.
std::optional<int> line_not_in_utf8(const std::string& text) {
  std::istringstream lines(text);
  int number = 1;
  for (std::string line; std::getline(lines, line); ++number) {
    try {
      nlohmann::json(line).dump();
    } catch (const nlohmann::json::type_error&) {
      return number;
    }
  }
  return std::nullopt;
}

/// Where the documents of a stream begin; their contents are skipped.
class DocumentStarts : public YAML::EventHandler {
 public:
  const std::vector<YAML::Mark>& marks() const { return marks_; }

  void OnDocumentStart(const YAML::Mark& mark) override { marks_.push_back(mark); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

 private:
  std::vector<YAML::Mark> marks_;
};

/// Reports what follows the first document; false when there is something. Not YAML::LoadAll: it never returns for a
/// text that begins with a comma (yaml-cpp issue 1040), which it reads as an endless row of empty documents.
bool check_single_document(const Source& source, Diagnostics& diagnostics) {
  std::istringstream stream(source.text);
  YAML::Parser parser(stream);
  DocumentStarts documents;
  while (documents.marks().size() < 2 && parser.HandleNextDocument(documents)) continue;
  if (documents.marks().size() < 2) return true;
  const YAML::Mark& second = documents.marks()[1];
  const bool is_marked = std::string_view(source.text).substr(static_cast<std::size_t>(second.pos)).starts_with("---");
  diagnostics.add(
      {{&source, second.line, second.column},
       is_marked ? "more than one YAML document; a file has one" : "not valid YAML: nothing more was expected here",
       {},
       {}});
  return false;
}

std::string shortened(std::string text) {
  constexpr std::size_t kLongest = 60;
  if (text.size() <= kLongest) return text;
  std::size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

}  // namespace

const Entry* Value::find(std::string_view key) const {
  const auto at = std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) { return entry.key == key; });
  return at == entries.end() ? nullptr : &*at;
}

Entry* Value::find(std::string_view key) { return const_cast<Entry*>(std::as_const(*this).find(key)); }

Value parse_yaml(const Source& source, Diagnostics& diagnostics) {
  return parse_large_yaml(source, kMostValues, diagnostics);
}

Value parse_large_yaml(const Source& source, std::size_t most_values, Diagnostics& diagnostics) {
  const Position start{&source, 0, 0};
  if (source.text.find('\0') != std::string::npos) {
    diagnostics.add({{&source}, "not a text file; YAML is expected", {}, {}});
    return {.position = start};
  }
  if (const std::optional<int> line = line_not_in_utf8(source.text)) {
    diagnostics.add(
        {{&source}, fmt::format("line {} is not UTF-8 text; save the file in that encoding", *line), {}, {}});
    return {.position = start};
  }
  try {
    if (!check_single_document(source, diagnostics)) return {.position = start};
    return Conversion(source, most_values, diagnostics).convert(YAML::Load(source.text), start);
  } catch (const YAML::Exception& error) {
    report_syntax(error, source, diagnostics);
    return {.position = start};
  }
}

const Entry* find_path(const Value& root, std::string_view path) {
  const std::size_t dot = path.find('.');
  const Entry* entry = root.find(path.substr(0, dot));
  if (entry == nullptr || dot == std::string_view::npos) return entry;
  return find_path(entry->value, path.substr(dot + 1));
}

bool set_path(Value& root, std::string_view path, const Value& value) {
  constexpr std::string_view kGrid = "sweep.grid.";
  Value* map = &root;
  bool literal = false;
  const bool in_grid = path.starts_with(kGrid);
  std::size_t levels_to_grid = in_grid ? 2 : 0;
  while (true) {
    if (map->kind == Value::Kind::null) map->kind = Value::Kind::map;
    if (map->kind != Value::Kind::map) return false;
    const std::size_t dot = literal ? std::string_view::npos : path.find('.');
    const std::string_view key = path.substr(0, dot);
    Entry* entry = map->find(key);
    if (entry == nullptr) {
      map->entries.push_back({std::string(key), value.position, Value{.position = value.position}});
      entry = &map->entries.back();
    }
    if (dot == std::string_view::npos) {
      entry->value = value;
      entry->position = value.position;
      return true;
    }
    path.remove_prefix(dot + 1);
    literal = levels_to_grid > 0 && --levels_to_grid == 0;
    map = &entry->value;
  }
}

std::string flow_text(const Value& value) {
  std::vector<std::string> parts;
  switch (value.kind) {
    case Value::Kind::null:
      return "null";
    case Value::Kind::scalar:
      return value.text;
    case Value::Kind::list:
      for (const Value& item : value.items) parts.push_back(flow_text(item));
      return fmt::format("[{}]", fmt::join(parts, ", "));
    case Value::Kind::map:
      for (const Entry& entry : value.entries)
        parts.push_back(fmt::format("{}: {}", entry.key, flow_text(entry.value)));
      return fmt::format("{{{}}}", fmt::join(parts, ", "));
  }
  return {};
}

std::string describe(const Value& value) {
  switch (value.kind) {
    case Value::Kind::null:
      return "nothing";
    case Value::Kind::scalar:
      return fmt::format("{}\"{}\"", value.quoted ? "the quoted text " : "", shortened(value.text));
    case Value::Kind::list:
      return "a list";
    case Value::Kind::map:
      return "a mapping";
  }
  return {};
}

}  // namespace tandem

#include "core/config/key_table.h"

#include <fmt/format.h>

#include <string>
#include <utility>

namespace tandem {

void KeyTable::add(std::string_view name, std::string_view doc, const TypeInfo& type, Read read, Write write,
                   const void* fresh) {
  const Json initial = write(fresh);
  const bool is_plain = !initial.is_null() && type.shape != Shape::mapping;
  const std::string default_text = !is_plain ? "" : initial.is_string() ? initial.get<std::string>() : initial.dump();
  info_.keys.edit().push_back({std::string(name), std::string(doc), type, false, default_text});
  readers_.push_back(std::move(read));
  writers_.push_back(std::move(write));
}

void KeyTable::require_last() {
  KeyInfo& last = info_.keys.edit().back();
  last.required = true;
  last.default_text.clear();
}

void KeyTable::describe_default_of_last(std::string_view text) { info_.keys.edit().back().default_text = text; }

void KeyTable::set_variants(const std::string& deciding, const std::vector<Variant>& variants) {
  info_.variant_key = deciding;
  info_.variants = variants;
}

void KeyTable::read(const Value& value, Reader& reader, void* owner) const {
  if (check_mapping(value, info_, reader)) read_entries(value, reader, owner);
}

void KeyTable::read_entries(const Value& value, Reader& reader, void* owner) const {
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

Json KeyTable::write(const void* owner) const {
  Json map = Json::object();
  for (std::size_t i = 0; i < info_.keys.size(); ++i) {
    Json value = writers_[i](owner);
    if (!value.is_null()) map[info_.keys[i].key] = std::move(value);
  }
  if (info_.variant_key.empty() || !map.contains(info_.variant_key)) return map;
  const std::vector<std::string> taken = keys_of_variant(info_, map[info_.variant_key].get<std::string>());
  Json kept = Json::object();
  for (const std::string& key : taken) {
    if (map.contains(key)) kept[key] = map[key];
  }
  return kept;
}

}  // namespace tandem

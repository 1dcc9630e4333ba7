// The keys of a mapping, each with what reads and what writes it. Mapping<Owner> (fields.h) is one whose owner's type
// is known. That type is left out here, so that reading and writing are compiled once, and not for each table of keys.
#pragma once

#include <string_view>
#include <vector>

#include "core/config/document.h"
#include "core/config/json.h"
#include "core/config/keys.h"
#include "core/config/reader.h"
#include "core/config/shared.h"

namespace tandem {

/// Every `owner` is an object of the one type that the functions of all keys are written for.
class KeyTable {
 public:
  using Read = SharedFunction<void(const Value&, Reader&, void* owner)>;
  using Write = SharedFunction<Json(const void* owner)>;  ///< null: there is nothing to write

  /// The default is what a `fresh` owner holds.
  void add(std::string_view name, std::string_view doc, const TypeInfo& type, Read read, Write write,
           const void* fresh);
  void require_last();
  void describe_default_of_last(std::string_view text);
  void set_variants(const std::string& deciding, const std::vector<Variant>& variants);

  const TypeInfo& info() const { return info_; }

  void read(const Value& value, Reader& reader, void* owner) const;
  /// Reads the keys of a map that was checked, and skips those that are not this table's.
  void read_entries(const Value& value, Reader& reader, void* owner) const;
  Json write(const void* owner) const;

 private:
  TypeInfo info_{.shape = Shape::mapping};
  std::vector<Read> readers_;
  std::vector<Write> writers_;
};

}  // namespace tandem

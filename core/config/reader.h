// The state of reading: the dotted path of the value being read, and the mistakes so far.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/conditions.h"
#include "core/config/diagnostics.h"
#include "core/config/document.h"
#include "core/config/keys.h"

namespace tandem {

class Reader {
 public:
  /// `root` is the name of the whole file in error texts.
  Reader(Diagnostics& diagnostics, const Position& place, std::string_view root = "the scenario")
      : diagnostics_(diagnostics), root_(root), place_(place) {}

  /// The dotted path of the value being read.
  std::string path() const { return path_.empty() ? root_ : path_; }

  void error(const Position& position, const std::string& text, const std::string& suggestion = {},
             const std::string& allowed = {}) {
    ++errors_;
    diagnostics_.add({position, text, suggestion, allowed});
  }
  /// Where the value being read is named: its key, or the list item itself.
  const Position& place() const { return place_; }

  /// "PATH must be PHRASE, not VALUE".
  void wrong_value(const Value& value, const TypeInfo& type);
  /// How many errors this reader has reported, including those that another reader reported before.
  std::size_t errors() const { return errors_; }

  /// Adds a part to the path while this object lives.
  class Step {
   public:
    Step(Reader& reader, std::string_view part, const Position& place)
        : reader_(reader), length_(reader.path_.size()), outer_place_(reader.place_) {
      reader_.place_ = place;
      reader_.path_ += !reader_.path_.empty() && !part.starts_with('[') ? "." : "";
      reader_.path_ += part;
    }
    ~Step() {
      reader_.path_.resize(length_);
      reader_.place_ = outer_place_;
    }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    Reader& reader_;
    std::size_t length_;
    Position outer_place_;
  };

 private:
  Diagnostics& diagnostics_;
  std::string root_;
  std::string path_;
  Position place_;
  std::size_t errors_ = 0;
};

/// The scalar readers behind the types of fields.h. Each reports what is wrong and leaves `into` as it was.
void read_flag(const Value& value, const TypeInfo& type, Reader& reader, bool& into);
void read_number(const Value& value, const TypeInfo& type, Reader& reader, double& into);
void read_whole(const Value& value, const TypeInfo& type, Reader& reader, std::uint64_t& into);
void read_quantity(const Value& value, const TypeInfo& type, Reader& reader, double& into);
void read_text(const Value& value, const TypeInfo& type, Reader& reader, std::string& into);
/// The index into type.choices.
void read_choice(const Value& value, const TypeInfo& type, Reader& reader, std::size_t& into);

void read_ranks(const Value& value, const TypeInfo& type, Reader& reader, RankSet& into);

/// Reports keys that the mapping, or its variant, does not take, and required keys that are missing. False when the
/// value is no mapping.
bool check_mapping(const Value& value, const TypeInfo& type, Reader& reader);
/// False, and reported, when the value is no list or has a length that is not allowed.
bool check_list(const Value& value, const TypeInfo& type, Reader& reader);

}  // namespace tandem

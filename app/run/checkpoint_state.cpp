#include "app/run/checkpoint_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

#include "app/run/rank_record_codec.h"
#include "core/errors.h"

namespace tandem {
namespace {

std::string type_of(const Piece& piece) {
  if (piece.is_number) return "I64";
  switch (piece.values.element) {
    case Element::f32:
      return "F32";
    case Element::f16:
      return "F16";
    case Element::bf16:
      return "BF16";
    case Element::i8:
      return "I8";
    case Element::byte:
      break;
  }
  return "U8";
}

std::string_view text_of(Copy copy) {
  return copy == Copy::owned ? "owned" : copy == Copy::replica ? "replica" : "version";
}

bool is_copy(std::string_view text) {
  return text == text_of(Copy::owned) || text == text_of(Copy::replica) || text == text_of(Copy::version);
}

/// "parameters[0:128]", "updates[0]": the piece and where in the model it lies.
std::string entry_of(const Piece& piece) {
  if (piece.is_number) return fmt::format("{}[{}]", piece.name, piece.offset);
  return fmt::format("{}[{}:{}]", piece.name, piece.offset, piece.offset + piece.values.count);
}

/// Calls visit(piece, entry); of pieces that are called alike, the second is "...#2".
template <typename Visit>
void for_each_entry(const State& state, Visit visit) {
  std::map<std::string, int> seen;
  for (const Piece& piece : state.pieces()) {
    const std::string name = entry_of(piece);
    const int number = ++seen[name];
    visit(piece, number == 1 ? name : fmt::format("{}#{}", name, number));
  }
}

/// Where an entry of this piece's name lies; nothing for an entry of another.
std::optional<Range> range_of(const std::string& entry, const std::string& piece) {
  if (!entry.starts_with(piece + "[")) return std::nullopt;
  Range range;
  const char* end = entry.data() + entry.size();
  const auto first = std::from_chars(entry.data() + piece.size() + 1, end, range.begin);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != ':') return std::nullopt;
  const auto second = std::from_chars(first.ptr + 1, end, range.end);
  if (second.ec != std::errc() || range.end < range.begin) return std::nullopt;
  return range;
}

std::string_view raw_bytes_of(const Piece& piece) {
  return {reinterpret_cast<const char*>(piece.values.address), piece.values.bytes()};
}

}  // namespace

StatePart part_of_state(const State& state, const Holder& holder, bool replicas_agree) {
  StatePart part;
  const auto is_kept = [&](const Piece& piece) {
    if (piece.copy != Copy::replica || !replicas_agree) return true;
    return holder == Holder{0, 0} && piece.name != kParameters;
  };
  for_each_entry(state, [&](const Piece& piece, const std::string& entry) {
    if (!is_kept(piece)) return;
    part.bytes += piece.values.bytes();
    if (piece.values.is_phantom()) return;
    const std::size_t count = piece.is_number ? 1 : piece.values.count;
    part.tensors.push_back({entry, type_of(piece), count, raw_bytes_of(piece)});
    part.metadata[entry] = text_of(piece.copy);
  });
  return part;
}

const StateRestorer::Part* StateRestorer::part(const std::string& name) {
  const auto known = parts_.find(name);
  if (known != parts_.end()) return &known->second;
  std::optional<std::string> content = read_part(checkpoint_, manifest_, name);
  if (!content) return nullptr;
  Part& part = parts_[name];
  part.content = std::move(*content);
  part.entries = parse_safetensors(part.content, checkpoint_ / name);
  return &part;
}

const StoredTensor* StateRestorer::find(const Holder& holder, const std::string& entry) {
  const Part* own = part(part_name(holder.rank, holder.stack));
  return own == nullptr ? nullptr : own->entries.find(entry);
}

std::uint64_t StateRestorer::restore(const State& state, const Holder& holder) {
  std::uint64_t bytes = 0;
  // A rank that was not there begins as a copy of the first.
  const std::string name = part_name(holder.rank, holder.stack);
  const std::string own = part(name) != nullptr ? name : part_name(0, 0);
  for_each_entry(state, [&](const Piece& piece, const std::string& entry) {
    bytes += piece.values.bytes();
    if (!piece.values.is_phantom()) put_back(piece, entry, own);
  });
  return bytes;
}

// The own part first, then the others in the manifest's order: those that hold the very piece, else those that own
// parts of it.
void StateRestorer::put_back(const Piece& piece, const std::string& entry, const std::string& own) {
  std::vector<std::string> names = {own};
  for (const CheckpointPart& other : manifest_.parts) names.push_back(other.file);
  for (const std::string& name : names) {
    const Part* holder = part(name);
    const StoredTensor* tensor = holder == nullptr ? nullptr : holder->entries.find(entry);
    if (tensor == nullptr || (name != own && holder->entries.metadata.at(entry) == text_of(Copy::version))) continue;
    if (tensor->type != type_of(piece) || tensor->bytes.size() != piece.values.bytes()) {
      throw UsageError(fmt::format("{}: entry \"{}\": expected {} bytes of {}, found {} of {}",
                                   (checkpoint_ / name).string(), entry, piece.values.bytes(), type_of(piece),
                                   tensor->bytes.size(), tensor->type));
    }
    if (!tensor->bytes.empty()) std::memcpy(piece.values.address, tensor->bytes.data(), tensor->bytes.size());
    return;
  }
  std::size_t covered = 0;
  for (const CheckpointPart& other : manifest_.parts) covered += cover(piece, *part(other.file));
  if (covered == piece.values.count) return;
  throw UsageError(fmt::format("{}: entry \"{}\": expected {} values, found {} in all parts of the checkpoint",
                               (checkpoint_ / own).string(), entry, piece.values.count, covered));
}

/// Copies what the part owns of the piece. Returns how many values.
std::size_t StateRestorer::cover(const Piece& piece, const Part& part) {
  std::size_t copied = 0;
  for (const StoredTensor& tensor : part.entries.tensors) {
    const std::optional<Range> range = range_of(tensor.name, piece.name);
    const auto copy = part.entries.metadata.find(tensor.name);
    const bool is_owned = copy != part.entries.metadata.end() && copy->second == text_of(Copy::owned);
    if (!range || !is_owned || tensor.type != type_of(piece) || range->size() != tensor.count) continue;
    const std::size_t begin = std::max(range->begin, piece.offset);
    const std::size_t end = std::min(range->end, piece.offset + piece.values.count);
    if (begin >= end) continue;
    const Slice target = piece.values.part(begin - piece.offset, end - begin);
    const std::size_t first_byte = bytes_of(begin - range->begin, piece.values.element);
    std::memcpy(target.address, tensor.bytes.data() + first_byte, target.bytes());
    copied += target.count;
  }
  return copied;
}

void verify_parts(const std::filesystem::path& checkpoint, const CheckpointManifest& manifest) {
  for (const CheckpointPart& part : manifest.parts) {
    const std::optional<std::string> content = read_part(checkpoint, manifest, part.file);
    const Tensors entries = parse_safetensors(*content, checkpoint / part.file);
    if (entries.find(kRecordsEntry) == nullptr) {
      throw UsageError(fmt::format("{}: entry \"{}\" is missing", (checkpoint / part.file).string(), kRecordsEntry));
    }
    for (const StoredTensor& tensor : entries.tensors) {
      const auto copy = entries.metadata.find(tensor.name);
      if (copy != entries.metadata.end() && is_copy(copy->second)) continue;
      throw UsageError(fmt::format("{}: entry \"{}\": its metadata does not say what copy it is",
                                   (checkpoint / part.file).string(), tensor.name));
    }
  }
}

}  // namespace tandem

// What travels between two connected ranks: frames, each a header of fixed size, some followed by values.
//
//   data      header, then `count` values
// With rendezvous sends no value moves before its receive is posted:
//   request   announces message number `message`: its tag, count and meta
//   clear     answers a request when its receive is posted
//   payload   header, then the values of that message
//   withdraw  the announced message will not come
// When a rank ends:
//   goodbye   no frame follows
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "core/endpoint.h"

namespace tandem::real {

inline constexpr std::uint32_t kFrameMagic = 0x46444e54;  // "TNDF"
inline constexpr std::uint64_t kMaxValues = std::uint64_t{1} << 34;
inline constexpr Element kLastElement = Element::byte;

enum class FrameType : std::uint32_t { data = 1, request, clear, payload, withdraw, goodbye };

struct Header {
  std::uint32_t magic = kFrameMagic;
  FrameType type = FrameType::data;
  std::int32_t tag = 0;
  Element element = Element::f32;
  std::array<std::uint8_t, 3> reserved{};
  std::uint64_t count = 0;    ///< values
  std::uint64_t message = 0;  ///< numbers announced messages of one connection and direction
  Meta meta;

  std::size_t bytes() const { return bytes_of(count, element); }
  bool has_values() const { return type == FrameType::data || type == FrameType::payload; }
};

/// The header of the message that a send posts.
inline Header header_of(int tag, Slice values, const Meta& meta) {
  Header header;
  header.tag = tag, header.element = values.element, header.count = values.count, header.meta = meta;
  return header;
}
static_assert(sizeof(Header) == 64 && std::is_trivially_copyable_v<Header>);

}  // namespace tandem::real

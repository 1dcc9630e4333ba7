// What travels between two ranks once they are connected: frames of one fixed header, some followed by values.
//
//   data      header, then `count` values
// and with rendezvous sends, where nothing moves before its receive is posted:
//   request   announces message number `message`: its tag, count and meta
//   clear     the answer when the receive is posted
//   payload   header, then the values of that message
//   withdraw  the announced message will not come
// At the end of a rank:
//   goodbye   nothing follows
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "core/endpoint.h"

namespace tandem::real {

inline constexpr std::uint32_t kFrameMagic = 0x46444e54;  // "TNDF"
inline constexpr std::uint64_t kMaxValues = std::uint64_t{1} << 34;

enum class FrameType : std::uint32_t { data = 1, request, clear, payload, withdraw, goodbye };

struct Header {
  std::uint32_t magic = kFrameMagic;
  FrameType type = FrameType::data;
  std::int32_t tag = 0;
  std::uint32_t reserved = 0;
  std::uint64_t count = 0;    ///< of float32 values
  std::uint64_t message = 0;  ///< numbers announced messages of one connection and direction
  Meta meta;

  bool has_values() const { return type == FrameType::data || type == FrameType::payload; }
};
static_assert(sizeof(Header) == 64 && std::is_trivially_copyable_v<Header>);

}  // namespace tandem::real

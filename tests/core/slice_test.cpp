#include "core/slice.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace tandem {
namespace {

TEST(Buffer, IsZeroAlignedAndReal) {
  for (std::size_t count : {0, 1, 15, 16, 17, 997, 5'000'011}) {
    const Buffer buffer(count, Payload::numeric);
    ASSERT_FALSE(buffer.slice().is_phantom()) << count;
    EXPECT_EQ(buffer.count(), count);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.slice().data) % 64, 0u) << count;
    for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(buffer.slice().data[i], 0.0f) << i;
  }
}

TEST(Buffer, OfPhantomsHasASizeAndNoMemory) {
  const Buffer buffer(std::size_t{1} << 50, Payload::phantom);
  EXPECT_TRUE(buffer.slice().is_phantom());
  EXPECT_EQ(buffer.slice().bytes(), std::size_t{1} << 52);
  const Slice part = buffer.slice().part(7, 9);
  EXPECT_TRUE(part.is_phantom());
  EXPECT_EQ(part.count, 9u);
}

TEST(Slice, PartsPointIntoTheWhole) {
  const Buffer buffer(10, Payload::numeric);
  const Slice part = part_of(buffer, {3, 7});
  EXPECT_EQ(part.data, buffer.slice().data + 3);
  EXPECT_EQ(part.count, 4u);
}

// They cover the whole without gap or overlap, and differ by at most one.
TEST(EvenPart, CutsFairly) {
  for (std::size_t count : {0, 1, 2, 7, 64, 997}) {
    for (std::size_t parts : {1, 2, 3, 7, 8}) {
      std::size_t end = 0;
      for (std::size_t part = 0; part < parts; ++part) {
        const Range range = even_part(count, parts, part);
        EXPECT_EQ(range.begin, end) << count << " in " << parts;
        EXPECT_GE(range.size(), count / parts);
        EXPECT_LE(range.size(), (count + parts - 1) / parts);
        end = range.end;
      }
      EXPECT_EQ(end, count) << "in " << parts;
    }
  }
}

}  // namespace
}  // namespace tandem

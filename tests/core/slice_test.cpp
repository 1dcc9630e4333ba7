#include "core/slice.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "core/half.h"

namespace tandem {
namespace {

TEST(Buffer, IsZeroAlignedAndReal) {
  for (std::size_t count : {0, 1, 15, 16, 17, 997, 5'000'011}) {
    const Buffer buffer(count, Payload::numeric);
    ASSERT_FALSE(buffer.slice().is_phantom()) << count;
    EXPECT_EQ(buffer.count(), count);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.slice().f32()) % 64, 0u) << count;
    for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(buffer.slice().f32()[i], 0.0f) << i;
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
  EXPECT_EQ(part.f32(), buffer.slice().f32() + 3);
  EXPECT_EQ(part.count, 4u);
}

TEST(Slice, KnowsTheBytesOfEveryElement) {
  const std::pair<Element, std::size_t> sizes[] = {
      {Element::f32, 4}, {Element::f16, 2}, {Element::bf16, 2}, {Element::i8, 1}, {Element::byte, 1}};
  for (const auto& [element, size] : sizes) {
    const Buffer buffer(13, Payload::numeric, element);
    EXPECT_EQ(buffer.slice().bytes(), 13 * size) << name_of(element);
    EXPECT_EQ(buffer.slice().part(5, 7).address, buffer.slice().address + 5 * size) << name_of(element);
    EXPECT_EQ(buffer.slice().part(5, 7).bytes(), 7 * size) << name_of(element);
    EXPECT_EQ(Buffer(13, Payload::phantom, element).slice().part(5, 7).bytes(), 7 * size) << name_of(element);
  }
}

TEST(SliceDeathTest, ValuesAreReadAsWhatTheyAre) {
  const Buffer buffer(3, Payload::numeric, Element::f16);
  EXPECT_DEATH(buffer.slice().f32(), "a slice of f16 values is read as f32");
  EXPECT_DEATH(buffer.slice().bf16(), "a slice of f16 values is read as bf16");
}

TEST(Add, SumsEveryElementByItsOwnRule) {
  std::vector<float> into{1, 2, 3}, from{0.5, -2, 4};
  add({into.data(), 3}, {from.data(), 3});
  EXPECT_EQ(into, (std::vector<float>{1.5, 0, 7}));

  const auto sum = [](Element element, auto access, auto a, auto b) {
    const Buffer total(1, Payload::numeric, element), term(1, Payload::numeric, element);
    *access(total) = a, *access(term) = b;
    add(total, term);
    return *access(total);
  };
  const auto f16 = [](Slice slice) { return slice.f16(); };
  const auto bf16 = [](Slice slice) { return slice.bf16(); };
  const auto i8 = [](Slice slice) { return slice.i8(); };
  // 2049 and 257 have no place in 11 and 8 bits: ties go to the even neighbour.
  EXPECT_EQ(sum(Element::f16, f16, f16_of(2048), f16_of(1)), f16_of(2048));
  EXPECT_EQ(sum(Element::f16, f16, f16_of(2050), f16_of(1)), f16_of(2052));
  EXPECT_EQ(sum(Element::f16, f16, f16_of(65504), f16_of(16)), 0x7c00);
  EXPECT_EQ(sum(Element::f16, f16, std::uint16_t{1}, std::uint16_t{2}), 3);  // subnormal values
  EXPECT_EQ(sum(Element::bf16, bf16, bf16_of(256), bf16_of(1)), bf16_of(256));
  EXPECT_EQ(sum(Element::bf16, bf16, bf16_of(258), bf16_of(1)), bf16_of(260));
  EXPECT_EQ(sum(Element::i8, i8, std::int8_t{100}, std::int8_t{27}), 127);
  EXPECT_EQ(sum(Element::i8, i8, std::int8_t{100}, std::int8_t{28}), 127);
  EXPECT_EQ(sum(Element::i8, i8, std::int8_t{-100}, std::int8_t{-29}), -128);
}

TEST(AddDeathTest, RefusesWhatHasNoSum) {
  const Buffer bytes(2, Payload::numeric, Element::byte), halves(2, Payload::numeric, Element::f16);
  EXPECT_DEATH(add(bytes, bytes), "a sum of raw bytes");
  EXPECT_DEATH(add(halves, bytes), "got 2 byte values, expected 2 f16 values");
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

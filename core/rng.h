// Random numbers as keyed streams: the same key gives the same numbers in every world, on every rank, in any order.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace tandem {

/// What a stream is for. The value is part of the key, so never renumber.
enum class Purpose : std::uint32_t {
  initial_parameters = 1,
  shuffle = 2,
  synthetic_data = 3,
  partition = 4,
  compute_noise = 5,
  token = 6,
  coding = 7,
  neighbours = 8,
  clients = 9,
  failures = 10,
};

/// What std::seed_seq makes of seven words for a std::mt19937_64, in a third of the time: the standard's algorithm
/// ([rand.util.seedseq]) for this many words only, which counts places round where the library divides.
class KeyWords {
 public:
  using result_type = std::uint32_t;  // NOLINT(readability-identifier-naming): the standard's name for it
  explicit KeyWords(const std::array<std::uint32_t, 7>& key) : key_(key) {}

  /// Writes as many words as the generator takes.
  template <typename Iterator>
  void generate(Iterator first, Iterator) const {
    std::array<std::uint32_t, kWords> words;
    words.fill(0x8b8b8b8b);
    std::size_t near = kGap, far = kGap + kStep;
    const auto go_on = [&] {
      near = near + 1 == kWords ? 0 : near + 1;
      far = far + 1 == kWords ? 0 : far + 1;
    };
    std::uint32_t before = words.back();  // every word waits for the one before it: it is not read back from memory
    const auto mixed = [](std::uint32_t word) { return word ^ word >> 27; };
    for (std::size_t k = 0; k < kWords; ++k, go_on()) {
      const std::uint32_t one = 1664525 * mixed(words[k] ^ words[near] ^ before);
      const std::uint32_t from_key = k == 0 ? key_.size() : k <= key_.size() ? key_[k - 1] : 0;
      before = one + static_cast<std::uint32_t>(k) + from_key;
      words[near] += one;
      words[far] += before;
      words[k] = before;
    }
    for (std::size_t k = 0; k < kWords; ++k, go_on()) {
      const std::uint32_t one = 1566083941 * mixed(words[k] + words[near] + before);
      before = one - static_cast<std::uint32_t>(k);
      words[near] ^= one;
      words[far] ^= before;
      words[k] = before;
    }
    std::copy(words.begin(), words.end(), first);
  }

 private:
  static constexpr std::size_t kWords = 2 * std::mt19937_64::state_size, kStep = 11, kGap = (kWords - kStep) / 2;
  std::array<std::uint32_t, 7> key_;
};

/// A generator for (seed, purpose, index, step). `index` is a rank, a layer or a row, as the purpose says.
inline std::mt19937_64 keyed_stream(std::uint64_t seed, Purpose purpose, std::uint64_t index = 0,
                                    std::uint64_t step = 0) {
  KeyWords key({static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32),
                static_cast<std::uint32_t>(purpose), static_cast<std::uint32_t>(index),
                static_cast<std::uint32_t>(index >> 32), static_cast<std::uint32_t>(step),
                static_cast<std::uint32_t>(step >> 32)});
  return std::mt19937_64(key);
}

/// k of the numbers below `count` in ascending order, each set of them as likely as any other (Floyd's algorithm).
/// Takes k draws, and count / 64 looks at words.
inline std::vector<std::size_t> draw_distinct(std::size_t k, std::size_t count, std::mt19937_64 stream) {
  constexpr std::size_t kBits = 64;
  std::vector<std::uint64_t> drawn((count + kBits - 1) / kBits);
  const auto bit = [](std::size_t number) { return std::uint64_t{1} << (number % kBits); };
  for (std::size_t last = count - k; last < count; ++last) {
    std::size_t number = stream() % (last + 1);
    if ((drawn[number / kBits] & bit(number)) != 0) number = last;
    drawn[number / kBits] |= bit(number);
  }
  std::vector<std::size_t> numbers;
  numbers.reserve(k);
  for (std::size_t word = 0; word < drawn.size(); ++word) {
    for (std::uint64_t left = drawn[word]; left != 0; left &= left - 1) {
      numbers.push_back(word * kBits + static_cast<std::size_t>(std::countr_zero(left)));
    }
  }
  return numbers;
}

}  // namespace tandem

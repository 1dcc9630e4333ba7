#include "app/scenario/slowdown_fields.h"

#include <fmt/format.h>

#include <cmath>

#include "core/config/limits.h"
#include "core/units.h"

namespace tandem {
namespace {

constexpr double kForEver = std::numeric_limits<double>::infinity();

/// A slowdown as it is written.
struct Written : Slowdown {
  std::optional<int> times;
  int shift = 0;
};

Mapping<Written> written_fields(const std::string& what) {
  using W = Written;
  return Mapping<W>()
      .key("worker", &W::ranks, ranks(), "which workers")
      .required()
      .key("factor", &W::factor, number(between(1, 1e6)), what)
      .required()
      .key("from", &W::from_s, quantity(Dimension::time, between(0, kLongest_s)), "when the slowdown begins")
      .key("until", &W::until_s, unless(kForEver, quantity(Dimension::time, above(0, kLongest_s))), "when it ends")
      .otherwise("never")
      .key("every", &W::every_s, unless(kForEver, quantity(Dimension::time, above(0, kLongest_s))),
           "the time from one beginning to the next, if it repeats")
      .otherwise("it does not repeat")
      .key("times", &W::times, maybe(whole<int>(between(1, kMostRanks))),
           "with every: how many times the slowdown happens in all")
      .otherwise("without end, if it repeats")
      .key("shift", &W::shift, unless(0, whole<int>(between(1, kMostRanks))),
           "with times: every repetition is at workers whose ranks are higher by this")
      .otherwise("0: to the same workers");
}

/// What is wrong with it; empty if nothing is.
std::string mistake_in(const Written& slowdown) {
  const auto text = [](double time_s) { return format_quantity(time_s, Dimension::time); };
  const double lasts_s = slowdown.until_s - slowdown.from_s;
  const bool comes_back = std::isfinite(slowdown.every_s);
  if (lasts_s <= 0) {
    return fmt::format("ends before it begins: from {} until {}", text(slowdown.from_s), text(slowdown.until_s));
  }
  if (comes_back && !std::isfinite(lasts_s)) {
    return fmt::format("never ends, so it cannot come back every {}; give \"until\"", text(slowdown.every_s));
  }
  if (slowdown.times && !comes_back) return "has \"times\", but not \"every\": after how long it comes back";
  if (slowdown.shift != 0 && !slowdown.times) return "has \"shift\", but not \"times\": how often it comes in all";
  // If every repetition is at other workers, one may begin when the one before it ends.
  const bool joins = slowdown.shift != 0 && slowdown.every_s == lasts_s;
  if (comes_back && slowdown.every_s <= lasts_s && !joins) {
    return fmt::format("lasts {} and comes back every {}: it would never end", text(lasts_s), text(slowdown.every_s));
  }
  return {};
}

/// Rounds times to the decimals that a person would write: the third time after every 100ms is 300ms, not
/// 300.00000000000006ms.
double rounded(double time_s) {
  constexpr double kPerSecond = 1e12;
  return std::round(time_s * kPerSecond) / kPerSecond;
}

void append(const Written& written, std::vector<Slowdown>& slowdowns) {
  if (!written.times) return slowdowns.push_back(written);
  for (int i = 0; i < *written.times; ++i) {
    Slowdown& one = slowdowns.emplace_back(written);
    one.every_s = kForEver;
    one.from_s = rounded(written.from_s + i * written.every_s);
    one.until_s = rounded(written.until_s + i * written.every_s);
    for (RankRange& range : one.ranks.ranges) {
      range.first += i * written.shift;
      range.last += i * written.shift;
    }
  }
}

}  // namespace

Type<std::vector<Slowdown>> slowdown_list(const std::string& what) {
  const Type<std::vector<Written>> list = list_of(written_fields(what).type(), between(0, kMostRanks));
  const auto read = [list](const Value& value, Reader& reader, std::vector<Slowdown>& into) {
    std::vector<Written> written;
    const std::size_t errors_before = reader.errors();
    list.read(value, reader, written);
    if (reader.errors() > errors_before) return;
    into.clear();
    for (std::size_t i = 0; i < written.size(); ++i) {
      const std::string mistake = mistake_in(written[i]);
      if (!mistake.empty()) {
        reader.error(value.items[i].position, fmt::format("{}[{}] {}", reader.path(), i, mistake));
        continue;
      }
      append(written[i], into);
    }
  };
  const auto write = [list](const std::vector<Slowdown>& slowdowns) {
    std::vector<Written> written;
    for (const Slowdown& slowdown : slowdowns) written.push_back({slowdown, std::nullopt, 0});
    return list.write(written);
  };
  return {list.info, read, write};
}

}  // namespace tandem

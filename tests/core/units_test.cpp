#include "core/units.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace tandem {
namespace {

constexpr Dimension kAll[] = {Dimension::data_rate, Dimension::time, Dimension::bytes, Dimension::compute_rate,
                              Dimension::computation};

std::string error_of(std::string_view text, Dimension dimension) {
  try {
    parse_quantity(text, dimension);
  } catch (const QuantityError& error) {
    return error.what();
  }
  return "no error";
}

std::string suggestion_for(std::string_view text, Dimension dimension) {
  try {
    parse_quantity(text, dimension);
  } catch (const QuantityError& error) {
    return error.suggestion();
  }
  return "no error";
}

TEST(ParseQuantity, EveryUnitIsWorthWhatItsNameSays) {
  EXPECT_EQ(parse_quantity("8bit/s", Dimension::data_rate), 1);
  EXPECT_EQ(parse_quantity("10Gbit/s", Dimension::data_rate), 1.25e9);
  EXPECT_EQ(parse_quantity("1GB/s", Dimension::data_rate), 1e9);
  EXPECT_EQ(parse_quantity("3MiB/s", Dimension::data_rate), 3 * 1048576.0);
  EXPECT_EQ(parse_quantity("20us", Dimension::time), 20e-6);
  EXPECT_EQ(parse_quantity("20µs", Dimension::time), 20e-6);
  EXPECT_EQ(parse_quantity("20μs", Dimension::time), 20e-6) << "Greek mu";
  EXPECT_EQ(parse_quantity("7ns", Dimension::time), 7e-9);
  EXPECT_EQ(parse_quantity("1.5h", Dimension::time), 5400);
  EXPECT_EQ(parse_quantity("2min", Dimension::time), 120);
  EXPECT_EQ(parse_quantity("4MiB", Dimension::bytes), 4194304);
  EXPECT_EQ(parse_quantity("4MB", Dimension::bytes), 4e6);
  EXPECT_EQ(parse_quantity("50Gflop/s", Dimension::compute_rate), 50e9);
  EXPECT_EQ(parse_quantity("6Gflop", Dimension::computation), 6e9);
}

TEST(ParseQuantity, TakesSpacesSignsAndExponents) {
  EXPECT_EQ(parse_quantity(" 10 Gbit/s ", Dimension::data_rate), 1.25e9);
  EXPECT_EQ(parse_quantity("+1e3s", Dimension::time), 1000);
  EXPECT_EQ(parse_quantity("-2ms", Dimension::time), -2e-3) << "signs are for the caller to judge";
  EXPECT_EQ(parse_quantity("0B", Dimension::bytes), 0);
}

TEST(ParseQuantity, SaysWhatIsWrong) {
  EXPECT_EQ(error_of("10", Dimension::data_rate), "has no unit; it is a data rate");
  EXPECT_EQ(error_of("50ms", Dimension::bytes), "is a time, but a size in bytes is needed");
  EXPECT_EQ(error_of("10Gbit/s", Dimension::bytes), "is a data rate, but a size in bytes is needed");
  EXPECT_EQ(error_of("6Gflop", Dimension::compute_rate),
            "is an amount of computation, but a computing speed is needed");
  EXPECT_EQ(error_of("3 parsecs", Dimension::time), "has the unknown unit \"parsecs\"");
  EXPECT_EQ(error_of("", Dimension::time), "does not begin with a number; it is a time");
  EXPECT_EQ(error_of("fast", Dimension::time), "does not begin with a number; it is a time");
  EXPECT_EQ(error_of("nans", Dimension::time), "is not finite");
  EXPECT_EQ(error_of("infs", Dimension::time), "is not finite");
  EXPECT_EQ(error_of("1e999s", Dimension::time), "is a number too large or too small to be held");
  EXPECT_EQ(error_of("1,5s", Dimension::time), "has the unknown unit \",5s\"");
}

TEST(ParseQuantity, KnowsWhatIsOftenWritten) {
  EXPECT_EQ(suggestion_for("10Gbps", Dimension::data_rate), "10Gbit/s");
  EXPECT_EQ(suggestion_for("1.5 Gb/s", Dimension::data_rate), "1.5Gbit/s");
  EXPECT_EQ(suggestion_for("64KB", Dimension::bytes), "64kB");
  EXPECT_EQ(suggestion_for("3sec", Dimension::time), "3s");
  EXPECT_EQ(suggestion_for("50GFLOPS", Dimension::compute_rate), "50Gflop/s");
  EXPECT_EQ(suggestion_for("3parsecs", Dimension::time), "");
}

TEST(FormatQuantity, IsTheShortestFormForPeople) {
  EXPECT_EQ(format_quantity(1.25e9, Dimension::data_rate), "10Gbit/s");
  EXPECT_EQ(format_quantity(12.5e6, Dimension::data_rate), "100Mbit/s");
  EXPECT_EQ(format_quantity(50e-6, Dimension::time), "50us");
  EXPECT_EQ(format_quantity(60, Dimension::time), "60s");
  EXPECT_EQ(format_quantity(4194304, Dimension::bytes), "4MiB");
  EXPECT_EQ(format_quantity(4e6, Dimension::bytes), "4MB");
  EXPECT_EQ(format_quantity(1, Dimension::bytes), "1B");
  EXPECT_EQ(format_quantity(50e9, Dimension::compute_rate), "50Gflop/s");
  EXPECT_EQ(format_quantity(1.0 / 3, Dimension::time, 3), "333ms");
}

TEST(FormatQuantity, HasAFormBeyondItsUnits) {
  EXPECT_EQ(format_quantity(0, Dimension::time), "0s");
  EXPECT_EQ(format_quantity(0, Dimension::bytes), "0B");
  EXPECT_EQ(format_quantity(1e-12, Dimension::time), "0.001ns");
  EXPECT_EQ(format_quantity(7200, Dimension::time), "7200s");
  EXPECT_EQ(format_quantity(-0.25, Dimension::time), "-250ms");
}

TEST(FormatQuantity, ReadsBackToSixDigits) {
  for (Dimension dimension : kAll) {
    for (double value = 1.7e-9; value < 1e18; value *= 3.7) {
      const double again = parse_quantity(format_quantity(value, dimension), dimension);
      EXPECT_NEAR(again / value, 1, 5.1e-6) << format_quantity(value, dimension);  // half a unit of the sixth digit
    }
  }
}

TEST(FormatQuantity, ExactlyReadsBackAsTheSameBits) {
  for (Dimension dimension : kAll) {
    for (double value = 1.7e-9; value < 1e18; value *= 3.7) {
      EXPECT_EQ(parse_quantity(format_quantity_exactly(value, dimension), dimension), value);
    }
  }
  EXPECT_EQ(format_quantity_exactly(1.25e9, Dimension::data_rate), "10Gbit/s") << "short where that is exact";
}

}  // namespace
}  // namespace tandem

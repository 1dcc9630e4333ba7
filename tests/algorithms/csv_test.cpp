#include <gtest/gtest.h>

#include "algorithms/data/loaders.h"
#include "tests/algorithms/errors_of.h"
#include "tests/algorithms/gzip_file.h"

namespace tandem {
namespace {

class Csv : public testing::Test {
 protected:
  TemporaryFolder directory;

  LoadedRows load(const std::string& text, const std::string& label = "", Loss loss = Loss::mse) {
    return load(text, CsvFormat{.label_column = label}, loss);
  }
  LoadedRows load(const std::string& text, const CsvFormat& format, Loss loss = Loss::mse) {
    return load_csv(directory.file("data.csv", text), format, loss);
  }
  /// The complaint after the file's name: "line:column: what".
  std::string error(const std::string& text, const std::string& label = "", Loss loss = Loss::mse) {
    return error(text, CsvFormat{.label_column = label}, loss);
  }
  std::string error(const std::string& text, const CsvFormat& format, Loss loss = Loss::mse) {
    const std::string whole = usage_error_of([&] { load(text, format, loss); });
    const std::string start = (directory.path() / "data.csv").string() + ":";
    EXPECT_TRUE(whole.starts_with(start)) << whole;
    return whole.substr(std::min(whole.size(), start.size()));
  }
};

TEST_F(Csv, WithoutAHeaderTheLastColumnIsTheLabel) {
  const LoadedRows loaded = load("1,2.5,3\n-4,5e1,+6\n");
  EXPECT_EQ(loaded.width, 2U);
  EXPECT_EQ(loaded.rows.count, 2U);
  EXPECT_EQ(loaded.rows.features.values(), (std::vector<float>{1, 2.5, -4, 50}));
  EXPECT_EQ(loaded.rows.targets, (std::vector<float>{3, 6}));
}

TEST_F(Csv, TheLabelIsFoundByNameOrNumber) {
  const std::string text = "height,age,\"the \"\"y\"\", really\"\n1,2,3\n4,5,6\n";
  EXPECT_EQ(load(text, "age").rows.targets, (std::vector<float>{2, 5}));
  EXPECT_EQ(load(text, "age").rows.features.values(), (std::vector<float>{1, 3, 4, 6}));
  EXPECT_EQ(load(text, "0").rows.targets, (std::vector<float>{1, 4}));
  EXPECT_EQ(load(text, "the \"y\", really").rows.targets, (std::vector<float>{3, 6}));
  EXPECT_EQ(load("1,2,3\n4,5,6\n", "1").rows.targets, (std::vector<float>{2, 5}));
}

TEST_F(Csv, AHeaderMayHoldNumbersWhenItNamesTheLabel) {
  EXPECT_EQ(load("2019,2020,y\n1,2,3\n", "y").rows.features.values(), (std::vector<float>{1, 2}));
}

TEST_F(Csv, TakesWhatOtherProgramsWrite) {
  EXPECT_EQ(load("\xef\xbb\xbf"
                 "1,\"2\"\r\n 3 ,\t4\r\n\r\n\n")
                .rows.features.values(),
            (std::vector<float>{1, 3}));
  EXPECT_EQ(load("1,2\n3,4").rows.targets, (std::vector<float>{2, 4}));
  const std::string gzipped = gzip_file(directory, "data.csv.gz", "a,b\n1,2\n");
  EXPECT_EQ(load_csv(gzipped, {.label_column = "a"}, Loss::mse).rows.targets, (std::vector<float>{1}));
}

TEST_F(Csv, BadValuesAreNamedWithLineAndColumn) {
  EXPECT_EQ(error("a,b\n1,2\n3,x\n"), "3:3: column \"b\": \"x\" is not a number");
  EXPECT_EQ(error("1,2\n3,4a\n"), "2:3: column 1: \"4a\" is not a number");
  EXPECT_EQ(error("1,2\n,4\n"), "2:1: column 0: no value; a number is needed");
  EXPECT_EQ(error("1,2\n3,\n"), "2:3: column 1: no value; a number is needed");
  EXPECT_EQ(error("1,2\n3.25,nan\n"), "2:6: column 1: nan is not a finite float32 number");
  EXPECT_EQ(error("1,2\n-inf,3\n"), "2:1: column 0: -inf is not a finite float32 number");
  EXPECT_EQ(error("1,2\n1e39,3\n"), "2:1: column 0: 1e39 is not a finite float32 number");
  EXPECT_EQ(error("1,2\n1e999,3\n"), "2:1: column 0: 1e999 is not a finite float32 number");
  EXPECT_EQ(error("nan,nan\n1,2\n"), "1:1: column 0: nan is not a finite float32 number");
}

TEST_F(Csv, AFirstRowWithAnEmptyFieldIsNoHeader) {
  EXPECT_EQ(error("1,,0\n2,5,1\n3,6,0\n"), "1:3: column 1: no value; a number is needed");
  EXPECT_EQ(load("a,,b\n1,2,3\n").rows.count, 1U) << "none of its fields is a number";
}

TEST_F(Csv, BlanksAroundAQuotedFieldAreNoPartOfIt) {
  EXPECT_EQ(load(" \"a\" ,\t\"b, c\"\n1, \"2\"\n", "b, c").rows.targets, (std::vector<float>{2}));
  EXPECT_EQ(error("1,2\n3, \"4\" 5\n"), "2:8: text after a closing quote; a comma must follow");
}

TEST_F(Csv, ControlBytesOfAFileAreShownAndNotSentToTheTerminal) {
  EXPECT_EQ(error("1,2\n3,\x1b[31mred\n"), "2:3: column 1: \"\\x1b[31mred\" is not a number");
  EXPECT_EQ(error("a\x07,b\n1,2\n", "c"),
            "1:1: no label column \"c\"; allowed are the numbers 0 to 1 and the names \"a\\x07\", \"b\"");
}

TEST_F(Csv, BadShapesAreNamed) {
  EXPECT_EQ(error("1,2,3\n4,5\n"), "2:1: fields: 2; line 1 has 3");
  EXPECT_EQ(error("1,2\n4,5,6\n"), "2:1: fields: 3; line 1 has 2");
  EXPECT_EQ(error("1,2\n\n3,4\n"), "2:1: fields: 1; line 1 has 2");
  EXPECT_EQ(error("1;2\n3;4\n"), "1:1: one column; a feature and a label, separated by a comma, are needed");
  EXPECT_EQ(error("1,\"2\n"), "1:3: the quote is not closed on this line");
  EXPECT_EQ(error("1,\"2\"3\n"), "1:6: text after a closing quote; a comma must follow");
  EXPECT_EQ(error(""), " empty; at least one row is needed");
  EXPECT_EQ(error("\n\n"), " empty; at least one row is needed");
  EXPECT_EQ(error("a,b\n"), " a header and no rows; at least one is needed");
}

TEST_F(Csv, AWrongLabelColumnListsTheRightOnes) {
  EXPECT_EQ(error("a,b\n1,2\n", "c"),
            "1:1: no label column \"c\"; allowed are the numbers 0 to 1 and the names \"a\", \"b\"");
  EXPECT_EQ(error("1,2\n", "2"), "1:1: no label column \"2\"; allowed are the numbers 0 to 1");
  EXPECT_EQ(error("a,b,a\n1,2,3\n", "a"), "1:5: a second column \"a\"");
}

TEST_F(Csv, CrossEntropyWantsClassNumbers) {
  EXPECT_EQ(load("1,0\n1,65535\n", "", Loss::cross_entropy).rows.count, 2U);
  EXPECT_EQ(error("1,0\n1,-1\n", "", Loss::cross_entropy),
            "2:3: column 1: label -1; class numbers are whole, from 0 to 65535");
  EXPECT_EQ(error("1,0\n1,1.5\n", "", Loss::cross_entropy),
            "2:3: column 1: label 1.5; class numbers are whole, from 0 to 65535");
  EXPECT_EQ(error("y,x\n65536,1\n", "y", Loss::cross_entropy),
            "2:1: column \"y\": label 65536; class numbers are whole, from 0 to 65535");
}

TEST_F(Csv, AHeaderCanBeStated) {
  EXPECT_EQ(load("2019,2020\n1,2\n", {.has_header = true}).rows.targets, (std::vector<float>{2}));
  EXPECT_EQ(error("a,b\n1,2\n", {.has_header = false}), "1:1: column 0: \"a\" is not a number");
}

TEST_F(Csv, ColumnsAreTakenByNameOrNumberInTheOrderStated) {
  const std::string text = "name,width,height,y\nsmall,1,2,3\nlarge,4,5,6\n";
  const LoadedRows loaded = load(text, CsvFormat{.columns = {"height", "1"}});
  EXPECT_EQ(loaded.width, 2U);
  EXPECT_EQ(loaded.rows.features.values(), (std::vector<float>{2, 1, 5, 4})) << "words in other columns are not read";
  EXPECT_EQ(error(text, CsvFormat{.columns = {"depth"}}),
            "1:1: no column \"depth\"; allowed are the numbers 0 to 3 and the names \"name\", \"width\", \"height\", "
            "\"y\"");
  EXPECT_EQ(error(text, CsvFormat{.columns = {"y"}}), "1:1: column \"y\" is the label's, and so no feature");
}

TEST_F(Csv, OtherSeparators) {
  EXPECT_EQ(load("1;2\n3;4\n", {.separator = ';'}).rows.targets, (std::vector<float>{2, 4}));
  EXPECT_EQ(load("1|\"2\" |3\n", {.separator = '|'}).rows.features.values(), (std::vector<float>{1, 2}));
  EXPECT_EQ(error("1\t\t3\n", {.separator = '\t'}), "1:3: column 1: no value; a number is needed");
  EXPECT_EQ(load("1\t 2\t3\n", {.separator = '\t'}).rows.features.values(), (std::vector<float>{1, 2}));
  EXPECT_EQ(error("1,2\n", {.separator = ';'}),
            "1:1: one column; a feature and a label, separated by \";\", are needed");
}

TEST_F(Csv, MissingValuesAreDroppedOrFilled) {
  const std::string text = "a,b,y\n1,NA,1\n3,8,2\n,4,3\n5,6,?\n";
  const LoadedRows dropped = load(text, {.missing = MissingValues::drop_row});
  EXPECT_EQ(dropped.rows.features.values(), (std::vector<float>{3, 8}));
  EXPECT_EQ(dropped.rows.targets, (std::vector<float>{2}));

  const std::string labelled = "a,b,y\n1,NA,1\n3,8,2\n,4,3\n";
  EXPECT_EQ(load(labelled, {.missing = MissingValues::zero}).rows.features.values(),
            (std::vector<float>{1, 0, 3, 8, 0, 4}));
  EXPECT_EQ(load(labelled, {.missing = MissingValues::mean}).rows.features.values(),
            (std::vector<float>{1, 6, 3, 8, 2, 4}));
  EXPECT_EQ(error(text, {.missing = MissingValues::mean}), "5:5: column \"y\": \"?\" is not a number");
  EXPECT_EQ(error("a,b\nNA,1\n", {.missing = MissingValues::drop_row}),
            " every row lacks a value; at least one is needed");
  EXPECT_EQ(error("a,b,y\nNA,1,2\n?,1,2\n", {.missing = MissingValues::mean}),
            " column \"a\" has no value in any row, and so no mean");
}

TEST_F(Csv, LabelsMayBeNamesOfClasses) {
  const CsvFormat format{.classes = {"cat", "dog"}};
  EXPECT_EQ(load("1,dog\n2,\"cat\"\n", format, Loss::cross_entropy).rows.targets, (std::vector<float>{1, 0}));
  EXPECT_EQ(error("1,dog\n2,cow\n", format, Loss::cross_entropy),
            "2:3: column 1: \"cow\" is no class; the classes are cat, dog");
}

}  // namespace
}  // namespace tandem

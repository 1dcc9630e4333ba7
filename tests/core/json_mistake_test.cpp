#include "core/config/json_mistake.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "core/errors.h"

namespace tandem {
namespace {

std::string refusal_of_json(const std::string& text) {
  try {
    parse_json_text(text, "f.json");
  } catch (const UsageError& error) {
    return error.what();
  }
  return {};
}

TEST(JsonMistake, SaysWhereAndWhatInPlainWords) {
  const std::vector<std::pair<std::string, std::string>> mistakes = {
      {"", "f.json:1:1: error: not valid JSON: it ends in the middle of a value"},
      {"{\"a\": 1", "f.json:1:8: error: not valid JSON: it ends in the middle of a value"},
      {"{\n  \"ä\": }", "f.json:2:8: error: not valid JSON: '}' has no place here; expected: a value"},
      {"[1,]", "f.json:1:4: error: not valid JSON: ']' has no place here; expected: a value"},
      {"[1] 2", "f.json:1:5: error: not valid JSON: number literal has no place here; expected: end of input"},
      {"[tru]", "f.json:1:5: error: not valid JSON: invalid literal '[tru]'"},
      {"[\"\xff\"]", "f.json:1:3: error: not valid JSON: a byte that is not UTF-8"},
      {"[\"a\nb\"]", "f.json:1:4: error: not valid JSON: a control character in a text, such as a line's end"}};
  for (const auto& [text, said] : mistakes) EXPECT_EQ(refusal_of_json(text), said) << text;
  EXPECT_EQ(refusal_of_json("[1]"), "");
}

// What prints or copies a value calls itself for each level: without the limit a file of brackets ends the program.
TEST(JsonMistake, NestingHasALimitOfItsOwn) {
  const auto nested = [](int levels) {
    const auto count = static_cast<std::size_t>(levels);
    return std::string(count, '[') + std::string(count, ']');
  };
  EXPECT_EQ(refusal_of_json(nested(kDeepestJson)), "");
  EXPECT_EQ(refusal_of_json("{\n" + ("\"a\": " + nested(kDeepestJson)) + "}"),
            "f.json:2:69: error: more than 64 levels of nesting");
  EXPECT_EQ(refusal_of_json("[\"" + std::string(100, '[') + "\\\"" + std::string(100, '{') + "\"]"), "");
  EXPECT_EQ(refusal_of_json(nested(1000000)), "f.json:1:65: error: more than 64 levels of nesting");
}

template <class Action>
std::string plainly(Action action) {
  try {
    action();
  } catch (const Json::exception& error) {
    return in_plain_words(error);
  }
  return {};
}

TEST(JsonMistake, SaysWhatAValueIsInPlainWords) {
  const Json json = {{"a", "x"}, {"list", {1}}};
  EXPECT_EQ(plainly([&] { json.at("b"); }), "\"b\" is missing");
  EXPECT_EQ(plainly([&] { json.at("a").get<double>(); }), "a number is expected, not a text");
  EXPECT_EQ(plainly([&] { json.at("list").get<std::string>(); }), "a text is expected, not a list");
  EXPECT_EQ(plainly([&] { json.at("a").at("b"); }), "a mapping is expected, not a text");
  EXPECT_EQ(plainly([&] { json.at("list").value("b", 1); }), "a mapping is expected, not a list");
}

TEST(JsonMistake, KnowsTheKeysAndIndicesThatLeadToAValue) {
  const std::string text =
      "{\"a\": [1, {\"}]\": \"\\\"\"},\n"
      "  [true, null]], \"b\\\"\": {}, \"runs\" : [ {\"x\": -1.5e3},\n"
      "   {\"key\": \"ü\", \"cost\": 1}]}";
  const auto place = [&](const std::vector<std::string>& steps) {
    const TextPlace at = place_of_value(text, steps);
    return std::pair(at.line, at.column);
  };
  using Place = std::pair<std::size_t, std::size_t>;
  EXPECT_EQ(place({}), Place(1, 1));
  EXPECT_EQ(place({"a"}), Place(1, 7));
  EXPECT_EQ(place({"a", "2", "1"}), Place(2, 10));
  EXPECT_EQ(place({"runs", "0", "x"}), Place(2, 46));
  EXPECT_EQ(place({"runs", "1", "cost"}), Place(3, 25));
  EXPECT_EQ(place({"runs", "1", "none"}), Place(3, 4)) << "the mapping that lacks it";
  EXPECT_EQ(place({"runs", "2"}), Place(2, 38)) << "the list that lacks it";
}

}  // namespace
}  // namespace tandem

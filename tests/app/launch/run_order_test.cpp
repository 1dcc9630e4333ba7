// Orders of runs arrive as they were given, or are refused.
#include "app/launch/run_order.h"

#include <gmock/gmock.h>

#include "core/errors.h"
#include "tests/temporary_folder.h"

namespace tandem {
namespace {

TEST(RunOrder, IsReadAsItWasWritten) {
  const TemporaryFolder folder;
  RunOrder order{.file = "dir/small.yaml",
                 .text = "a: 1\nb: \"two\"\n",
                 .overrides = {"world=tcp", "x="},
                 .factors = {{"strategy", "a, \"quoted\" one"}, {"cluster.workers", "2"}},
                 .repeat = 3,
                 .resume = "an/earlier run",
                 .attempt = "{\"workers\": 2}",
                 .process = 5,
                 .processes = 7,
                 .missing = 2,
                 .rendezvous = ProcessPlacement{.address = "node1", .port = 65535}};
  for (std::size_t i = 0; i < order.rendezvous->secret.size(); ++i)
    order.rendezvous->secret[i] = static_cast<unsigned char>(8 * i + 1);
  write_run_order(folder.path(), order);
  const RunOrder read = read_run_order(folder.path());
  EXPECT_EQ(read.file, order.file);
  EXPECT_EQ(read.text, order.text);
  EXPECT_EQ(read.overrides, order.overrides);
  EXPECT_EQ(read.factors, order.factors);
  EXPECT_EQ(read.repeat, 3);
  EXPECT_EQ(read.resume, "an/earlier run");
  EXPECT_EQ(read.attempt, order.attempt);
  EXPECT_EQ(read.process, 5);
  EXPECT_EQ(read.processes, 7);
  EXPECT_EQ(read.missing, 2);
  ASSERT_TRUE(read.rendezvous.has_value());
  EXPECT_EQ(read.rendezvous->address, "node1");
  EXPECT_EQ(read.rendezvous->port, 65535);
  EXPECT_EQ(read.rendezvous->secret, order.rendezvous->secret);
}

TEST(RunOrder, IsOneLineWhateverTheScenarioHolds) {
  const std::string text = text_of(RunOrder{.file = "f", .text = "a: 1\n\nb: 2\n"});
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  EXPECT_FALSE(parse_run_order(text, "here").rendezvous.has_value());
}

TEST(RunOrder, OneThatIsMissingOrBrokenIsAUsageErrorThatNamesIt) {
  const TemporaryFolder folder;
  EXPECT_THROW(read_run_order(folder.path()), UsageError);
  for (const char* text : {"", "{\"text\": ", "{\"repeat\": 1}", "[]", "7"}) {
    folder.file("order.json", text);
    try {
      read_run_order(folder.path());
      ADD_FAILURE() << text << " was accepted";
    } catch (const UsageError& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr("order.json: is not the order of a run"));
    }
  }
}

}  // namespace
}  // namespace tandem

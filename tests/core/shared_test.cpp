#include "core/config/shared.h"

#include <gtest/gtest.h>

#include <string>

namespace tandem {
namespace {

TEST(SharedList, WithoutItemsIsEmpty) {
  const SharedList<std::string> none;
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(none.size(), 0);
  EXPECT_EQ(none.begin(), none.end());
}

TEST(SharedList, CopiesHoldTheSameItemsUntilOneIsChanged) {
  SharedList<std::string> first = {"a", "b", "c"};
  const SharedList<std::string> second = first;
  EXPECT_EQ(&first[1], &second[1]);
  first.edit().push_back("d");
  EXPECT_EQ(first.size(), 4);
  EXPECT_EQ(second.size(), 3);
  EXPECT_NE(&first[1], &second[1]);
}

TEST(SharedList, ChangingTheOnlyHolderCopiesNothing) {
  SharedList<std::string> list = {"a", "b"};
  const std::string* front = &list.front();
  list.edit()[1] = "c";
  EXPECT_EQ(&list.front(), front);
  EXPECT_EQ(list[1], "c");
}

TEST(SharedFunction, CopiesCallTheSameFunction) {
  const SharedFunction<int(int)> count = [calls = 0](int by) mutable { return calls += by; };
  const SharedFunction<int(int)> copy = count;
  EXPECT_EQ(count(2), 2);
  EXPECT_EQ(copy(3), 5);
}

}  // namespace
}  // namespace tandem

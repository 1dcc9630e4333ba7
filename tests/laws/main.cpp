// The laws run in every world. For the mpi world a run starts this program again, as its ranks.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <exception>
#include <string_view>

#include "app/commands/rank.h"

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "rank") {
    try {
      return tandem::rank_command({.directory = argv[2]});
    } catch (const std::exception& error) {
      fmt::print(stderr, "{}\n", error.what());
      return 1;
    }
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}

// The suite in an MPI job: every process runs every test, in step; the mpi world gives the first of them a rank. All of
// them hear how a run ended, so a check that fails fails in all of them, and one may speak for all.
#include <gtest/gtest.h>

#include <cstdio>
#include <iostream>

#include "real/mpi/world.h"

namespace {

/// What the other processes print: their failures, should they alone have one.
class FailurePrinter : public testing::EmptyTestEventListener {
 public:
  explicit FailurePrinter(int process) : process_(process) {}
  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (result.failed()) std::cout << "process " << process_ << ": " << result.message() << std::endl;
  }

 private:
  int process_;
};

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (const int process = tandem::mpi::place().process; process > 0) {
    testing::TestEventListeners& listeners = testing::UnitTest::GetInstance()->listeners();
    delete listeners.Release(listeners.default_result_printer());
    listeners.Append(new FailurePrinter(process));
  }
  return RUN_ALL_TESTS();
}

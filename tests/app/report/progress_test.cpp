#include "app/report/progress.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace tandem {
namespace {

/// Progress on a clock that the test sets, written to memory.
class ProgressTest : public testing::Test {
 protected:
  ~ProgressTest() override {
    std::fclose(out_);
    std::free(text_);
  }
  Progress progress(bool is_terminal) {
    return Progress(out_, is_terminal, [this] { return now_s_; });
  }
  /// What was written since the last call.
  std::string written() {
    std::fflush(out_);
    std::string text(text_ + seen_, size_ - seen_);
    seen_ = size_;
    return text;
  }

  double now_s_ = 100;

 private:
  char* text_ = nullptr;
  std::size_t size_ = 0, seen_ = 0;
  std::FILE* out_ = open_memstream(&text_, &size_);
};

TEST_F(ProgressTest, DurationsReadLikeAClock) {
  EXPECT_EQ(duration_text(0), "0:00");
  EXPECT_EQ(duration_text(41.6), "0:42");
  EXPECT_EQ(duration_text(3599.4), "59:59");
  EXPECT_EQ(duration_text(3723), "1:02:03");
}

TEST_F(ProgressTest, ALogGetsALineEveryFewSecondsAndTheLast) {
  Progress progress = this->progress(false);
  progress.start(3);
  now_s_ += 1;
  progress.finished(0, "allreduce ring", 1);
  EXPECT_EQ(written(), "");
  now_s_ += 5;
  progress.finished(1, "ps-sync", 5);
  EXPECT_EQ(written(), "2/3 runs, 0:06, about 0:03 left: ps-sync took 5.0 s (run 2)\n");
  progress.tick();
  EXPECT_EQ(written(), "");
  now_s_ += 1;
  progress.finished(2, "pipeline", 1);
  EXPECT_EQ(written(), "3/3 runs, 0:07: pipeline took 1.0 s (run 3)\n");
  progress.end();
  EXPECT_EQ(written(), "");
}

TEST_F(ProgressTest, ATerminalGetsOneLineThatIsRewritten) {
  Progress progress = this->progress(true);
  progress.start(2);
  EXPECT_EQ(written(), "\r0/2 runs, 0:00\x1b[K");
  progress.tick();
  EXPECT_EQ(written(), "") << "a tenth of a second has not passed";
  now_s_ += 2;
  progress.begin("ring");
  EXPECT_EQ(written(), "\r0/2 runs, 0:02: ring\x1b[K");
  progress.note("careful");
  EXPECT_EQ(written(), "\r\x1b[Kcareful\n\r0/2 runs, 0:02: ring\x1b[K");
  progress.end();
  EXPECT_EQ(written(), "\r\x1b[K");
}

TEST_F(ProgressTest, ALongLabelDoesNotWrapTheTerminalsLine) {
  Progress progress = this->progress(true);
  progress.start(1);
  written();
  progress.begin(std::string(200, 'x'));
  EXPECT_LE(written().size(), 80U + 4U);
}

}  // namespace
}  // namespace tandem

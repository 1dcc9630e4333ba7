// A process that is killed while it writes a checkpoint, at every byte: the old one or the new one is there, whole.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "app/run/checkpoint_state.h"
#include "core/process/child.h"
#include "tests/temporary_folder.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

std::string values_of_step(std::size_t step) { return std::string(16, static_cast<char>('a' + step)); }

void write_checkpoint(const fs::path& folder, std::size_t step) {
  const fs::path checkpoint = checkpoint_path(folder, step);
  const std::string values = values_of_step(step);
  CheckpointManifest manifest{.step = step, .next_step = step + 1, .identity = {{"seed", 42}}};
  for (const int rank : {0, 1}) {
    const std::vector<StoredTensor> tensors = {{"parameters[0:4]", "F32", 4, values}, {"records", "U8", 0, ""}};
    manifest.parts.push_back(
        write_part(checkpoint, part_name(rank, 0), tensors, {{"parameters[0:4]", "owned"}, {"records", "version"}}));
  }
  commit(checkpoint, manifest, /*keep=*/1);
}

/// The step of the checkpoint that is there, after every value of it was read.
std::size_t step_of_whole_checkpoint(const fs::path& folder) {
  const fs::path checkpoint = latest_checkpoint(folder).value();
  const CheckpointManifest manifest = read_manifest(checkpoint);
  verify_parts(checkpoint, manifest);
  for (const CheckpointPart& part : manifest.parts) {
    const std::string content = read_part(checkpoint, manifest, part.file).value();
    const Tensors entries = parse_safetensors(content, part.file);
    EXPECT_EQ(entries.find("parameters[0:4]")->bytes, values_of_step(manifest.step));
  }
  return manifest.step;
}

TEST(Checkpoints, AreOldOrNewWhateverByteTheWriterIsKilledAt) {
  const TemporaryFolder folder;
  write_checkpoint(folder.path() / "whole", 1);
  std::uintmax_t longest = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder.path() / "whole")) {
    if (entry.is_regular_file()) longest = std::max(longest, entry.file_size());
  }
  std::size_t killed = 0;
  for (std::uintmax_t bytes = 0; bytes <= longest + 8; ++bytes) {
    const fs::path place = folder.path() / "killed";
    fs::copy(folder.path() / "whole", place, fs::copy_options::recursive);
    // The kernel ends a process by SIGXFSZ when it writes beyond this length of any file.
    const ProcessEnd end = fork_child({}, [&] {
                             const rlimit limit{bytes, bytes}, none{0, 0};
                             setrlimit(RLIMIT_CORE, &none);
                             setrlimit(RLIMIT_FSIZE, &limit);
                             write_checkpoint(place, 2);
                             return 0;
                           }).wait();
    killed += end.signal == SIGXFSZ ? 1 : 0;
    const std::size_t step = step_of_whole_checkpoint(place);
    ASSERT_EQ(step, end.is_success() ? 2U : 1U) << "killed at byte " << bytes;
    if (bytes % 61 == 0) {  // what the killed process has left goes with the next checkpoint
      write_checkpoint(place, 3);
      ASSERT_EQ(step_of_whole_checkpoint(place), 3U);
      ASSERT_EQ(std::distance(fs::directory_iterator(place), {}), 1);
    }
    fs::remove_all(place);
  }
  EXPECT_GE(killed, longest);
}

}  // namespace
}  // namespace tandem

// The files that Open MPI keeps while a job runs: its sessions, and the memory that ranks share.
#pragma once

#include <filesystem>

#include "core/process/file_descriptor.h"

namespace tandem {

/// A folder for the files of one job on this host, removed with all that is in it when this object is destroyed,
/// however the job has ended. One that a killed program has left is removed by whoever started that program, or, if
/// that was killed, too, by the next that makes one.
class MpiFiles {
 public:
  /// Tells Open MPI by the environment of this process, which its children inherit, to use the folder. Throws RunFailed
  /// where none can be made.
  MpiFiles();
  ~MpiFiles();
  MpiFiles(const MpiFiles&) = delete;
  MpiFiles& operator=(const MpiFiles&) = delete;

 private:
  std::filesystem::path folder_;
  FileDescriptor lock_;  ///< held as long as the job may run
};

/// Removes the folders of this user's jobs whose launcher was killed. Their ranks and mpirun end soon after it, and
/// while they do they still make files: the call waits for that, for up to some seconds.
void remove_files_of_killed_launchers();

}  // namespace tandem

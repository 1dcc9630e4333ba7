// What a habit finds, and what is allowed for now. allowances.txt has a line for each file that a habit does not hold
// in yet: `habit | file | reason`, where the file may be `*`. It is to become empty: a line that is no longer needed
// fails.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace tandem::tidy {

struct Finding {
  std::string path;
  std::size_t line = 0;  ///< from 1; 0: the file as a whole
  std::string what;
};

/// Fails the running test with every finding in a file that `habit` has no allowance for, and with every allowance of
/// `habit` that nothing was found for. Prints the allowances that are still used.
void expect_none(const std::string& habit, const std::vector<Finding>& findings);

}  // namespace tandem::tidy

#include "sim/network/pace_profile.h"

#include <algorithm>
#include <cmath>
#include <simgrid/kernel/ProfileBuilder.hpp>

namespace tandem::sim {
namespace {

using simgrid::kernel::profile::DatedValue;

// Each value is dated from the one before.
class Changes {
 public:
  Changes(double full_value, const std::vector<Slowdown>& slowdowns, int rank, IsAlive is_alive)
      : full_value_(full_value), slowdowns_(slowdowns), rank_(rank), is_alive_(std::move(is_alive)) {}

  // SimGrid asks whenever all values are used up.
  void operator()(std::vector<DatedValue>& values) {
    if (values.empty() && pace_at(slowdowns_, rank_, 0).factor != 1) return add(values, 0);
    if (*is_alive_ && !(*is_alive_)()) return;
    const double next_s = pace_at(slowdowns_, rank_, last_s_).until_s;
    if (std::isfinite(next_s)) add(values, next_s);
  }

 private:
  void add(std::vector<DatedValue>& values, double date_s) {
    values.emplace_back(date_s - last_s_, full_value_ / pace_at(slowdowns_, rank_, date_s).factor);
    last_s_ = date_s;
  }

  double full_value_;
  std::vector<Slowdown> slowdowns_;
  int rank_;
  IsAlive is_alive_;
  double last_s_ = 0;
};

}  // namespace

simgrid::kernel::profile::Profile* pace_profile(const std::string& name, double full_value,
                                                const std::vector<Slowdown>& slowdowns, int rank, IsAlive is_alive) {
  const auto concerns = [rank](const Slowdown& slowdown) { return slowdown.ranks.contains(rank); };
  if (std::none_of(slowdowns.begin(), slowdowns.end(), concerns)) return nullptr;
  return simgrid::kernel::profile::ProfileBuilder::from_callback(
      name, Changes(full_value, slowdowns, rank, std::move(is_alive)), -1);
}

}  // namespace tandem::sim

// What is right and probably not meant is said, and nothing else is.
#include "app/scenario/cautions.h"

#include <gmock/gmock.h>

#include "tests/app/scenario/scenario_of.h"

namespace tandem {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> cautions_of(const std::vector<std::string>& overrides) {
  return cautions(parse_plan(kSmallest, "x.yaml", overrides));
}

TEST(Cautions, RawPixelsHardlyTrain) {
  EXPECT_THAT(cautions_of({}), ElementsAre(HasSubstr("standardize: true")));
  EXPECT_THAT(cautions_of({"sweep.grid={cluster.workers: [1, 2]}"}), testing::SizeIs(1)) << "said once";
  EXPECT_THAT(cautions_of({"workload.data={source: fashion-mnist, standardize: true}"}), IsEmpty());
  EXPECT_THAT(cautions_of({"workload.data={source: fashion-mnist, scale: 0.00392156862745098}"}), IsEmpty());
  EXPECT_THAT(cautions_of({"workload.model.name=linear"}), IsEmpty()) << "its data are made";
}

}  // namespace
}  // namespace tandem

#include "fs/check_schedule.h"

#include <gtest/gtest.h>

namespace lockfs {
namespace {

using Places = std::vector<UnitPlace>;
const UnitPlace x{"board", "x"};
const UnitPlace y{"board", "y"};

CheckSchedule::Moment at(int second) { return CheckSchedule::Moment(std::chrono::seconds(second)); }

TEST(CheckSchedule, TellsTheEarliestAndTakesOutWhatIsDue) {
  CheckSchedule schedule;
  EXPECT_EQ(schedule.next(), std::nullopt);
  schedule.set(x, at(5));
  schedule.set(y, at(3));
  EXPECT_EQ(schedule.next(), at(3));
  EXPECT_EQ(schedule.take_due(at(2)), Places());
  EXPECT_EQ(schedule.take_due(at(5)), (Places{y, x}));
  EXPECT_EQ(schedule.next(), std::nullopt);
}

TEST(CheckSchedule, HasEachUnitOnce) {
  CheckSchedule schedule;
  schedule.set(x, at(5));
  schedule.set(x, at(7));
  EXPECT_EQ(schedule.when(x), at(7));
  EXPECT_EQ(schedule.take_due(at(6)), Places());
  EXPECT_EQ(schedule.take_due(at(7)), Places{x});
  EXPECT_EQ(schedule.when(x), std::nullopt);
}

}  // namespace
}  // namespace lockfs

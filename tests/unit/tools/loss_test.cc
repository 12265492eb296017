// Why a lock was lost.
#include "tools/loss.h"

#include <gtest/gtest.h>

#include "tests/unit/tools/lockctl_mount.h"

namespace lockfs {
namespace {

constexpr char events[] =
    "{\"event\":\"start\",\"position\":1}\n"
    "{\"event\":\"broken\",\"token\":90,\"by\":{\"uid\":1,\"user\":\"eve\"},\"words\":\"no\"}\n"
    "{\"event\":\"granted\",\"token\":91,\"user\":\"broken\"}\n"
    "{\"event\":\"broken\",\"token\":91,\"by\":{\"uid\":0,\"user\":\"root\"},\"words\":\"gone "
    "home\"}\n"
    "{\"event\":\"broken\",\"token\":92,\"by\":{\"uid\":0,\"user\":\"root\"}}\n"
    "{\"event\":\"broken\",\"token\":93,\"by\":7,\"words\":7}\n"
    "{\"event\":\"broken\",\"tok\n";

TEST(Loss, IsFoundAmongTheEvents) {
  const FakeMount mount;
  mount.write(".events", events);
  const auto loss = find_loss(mount.path(), 91);
  ASSERT_TRUE(loss);
  EXPECT_EQ(loss->user, "root");
  EXPECT_EQ(loss->reason, "gone home");
  EXPECT_EQ(find_loss(mount.path(), 92)->reason, "");
  EXPECT_EQ(find_loss(mount.path(), 93)->user, "");
  EXPECT_FALSE(find_loss(mount.path(), 94));
}

TEST(Loss, IsNotKnownWhereTheMountHasNoEvents) {
  const FakeMount mount;
  EXPECT_FALSE(find_loss(mount.path(), 91));
}

}  // namespace
}  // namespace lockfs

// What no engine has saved is refused, or restored to something.
#include <gtest/gtest.h>

#include <cstddef>
#include <functional>
#include <random>
#include <utility>

#include "core/snapshot.h"
#include "tests/unit/engine/saved_engine.h"
#include "tests/unit/engine/snapshot_events.h"

namespace lockfs {
namespace {

// Parts that do not fit together would mislead whatever comes next.
TEST(Snapshot, IsRefusedWhenItsPartsDoNotFit) {
  Engine engine(snapshot_policies()[0], 0);
  open_and_lock(engine, "a", Mode::exclusive);
  open_and_lock(engine, "board=2", Mode::shared);
  open_and_lock(engine, "a+b", Mode::exclusive);
  open_and_lock(engine, "board@x", Mode::exclusive);
  const Snapshot image = Snapshot::save(engine);
  ASSERT_NE(image.restore(), nullptr);
  ASSERT_EQ(image.waits.size(), 2U);
  const std::function<void(Snapshot&)> faults[] = {
      [](Snapshot& v) { v.locks[1].name = v.locks[0].name; },
      [](Snapshot& v) { v.locks.back().units[1].name = v.locks.back().units[0].name; },
      [](Snapshot& v) { v.locks.back().free.clear(); },
      [](Snapshot& v) { v.locks.back().shared.pop_back(); },
      [](Snapshot& v) {
        v.gone.push_back({NodeId{64}, "gone"});
      },
      [](Snapshot& v) {
        v.gone.push_back({NodeId{65}, "a"});
      },
      [](Snapshot& v) { v.next_node = 64; },
      [](Snapshot& v) { v.handles.pop_back(); },
      [](Snapshot& v) { v.handles[0].owners.clear(); },
      [](Snapshot& v) { v.handles[0].kind = FileKind::view; },
      [](Snapshot& v) { v.next_handle = 1; },
      [](Snapshot& v) { std::swap(v.holds[0], v.holds[1]); },
      [](Snapshot& v) { v.holds[0].grants.clear(); },
      [](Snapshot& v) { v.holds[0].mode = Mode::shared; },
      [](Snapshot& v) { v.holds[1].grants[1] = v.holds[1].grants[0]; },
      [](Snapshot& v) { v.holds[0].others = {v.holds[0].handle}; },
      [](Snapshot& v) { v.last_token = 0; },
      [](Snapshot& v) { v.waits[1].ticket = v.waits[0].ticket; },
      [](Snapshot& v) { v.waits[1].request = v.waits[0].request; },
      [](Snapshot& v) { v.waits[0].alternatives[0][0].count = 0; },
      [](Snapshot& v) { v.waits[0].alternatives.clear(); },
      [](Snapshot& v) { v.next_ticket = 0; },
  };
  int number = 0;
  for (const auto& spoil : faults) {
    Snapshot wrong = image;
    spoil(wrong);
    EXPECT_EQ(wrong.restore(), nullptr) << "fault " << number;
    ++number;
  }
}

// What was damaged is refused or restored to something; no byte of it leads anywhere else.
TEST(Snapshot, SurvivesEveryWrongByte) {
  std::mt19937 random(7);
  for (unsigned seed = 1; seed <= 5; ++seed) {
    SnapshotEvents events(seed);
    Engine engine(snapshot_policies()[0], 0);
    for (WallTime now = 1; now < 120; ++now) {
      Effects effects;
      engine.apply(now, events.next(engine), effects);
      events.learn(effects);
    }
    const auto bytes = save(engine);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      auto wrong = bytes;
      wrong[at] ^= static_cast<std::byte>(1U << (random() % 8));
      restore(wrong);
    }
  }
}

}  // namespace
}  // namespace lockfs

// A restored engine behaves as the one that was saved, event for event, whenever it was saved.
#include "core/snapshot.h"

#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "core/description.h"
#include "tests/unit/engine/engine_pair.h"
#include "tests/unit/engine/saved_engine.h"
#include "tests/unit/engine/snapshot_events.h"

namespace lockfs {
namespace {

auto tied(const Answer& v) { return std::tie(v.id, v.reason, v.handle, v.node, v.token); }
// All of a notice, the text too.
std::vector<std::string> notices(const Effects& effects) {
  std::vector<std::string> all;
  for (const auto& notice : effects.notices) all.push_back(dump(effects.told(notice)));
  return all;
}

template <class T>
void expect_same(const std::vector<T>& a, const std::vector<T>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_EQ(tied(a[i]), tied(b[i]));
}

std::string render(const ClaimView& v) {
  return std::to_string(static_cast<int>(v.mode)) + "/" + std::to_string(v.client.thread) + "/" +
         std::to_string(v.since) + "/" + std::to_string(v.token) + "/" + v.note + " ";
}

std::string render(const Engine& engine) {
  std::string text;
  for (const auto& lock : describe(engine).locks) {
    text += lock.name + (lock.retired ? " retired:" : ":");
    for (const auto& unit : lock.units) {
      text += " " + unit.name + "=" + std::to_string(unit.since) + (unit.retired ? "! " : " ");
      for (const auto& holder : unit.holders) text += render(holder);
    }
    for (const auto& waiter : lock.waiters) text += "<" + render(waiter);
    text += "\n";
  }
  return text;
}

// Feeds both the same events; they must do the same.
void run_alike(Engine& saved, Engine& restored, SnapshotEvents& events, int count, WallTime now) {
  for (int i = 0; i < count; ++i) {
    const Event event = events.next(saved);
    Effects a;
    Effects b;
    saved.apply(++now, event, a);
    restored.apply(now, event, b);
    restored.check();
    events.learn(a);
    expect_same(a.answers, b.answers);
    EXPECT_EQ(a.wakeups, b.wakeups);
    EXPECT_EQ(notices(a), notices(b));
    ASSERT_FALSE(testing::Test::HasFailure()) << "event " << i << " of kind " << event.index();
  }
  EXPECT_EQ(render(saved), render(restored));
  EXPECT_EQ(save(saved), save(restored));
}

// The journal writes an event and the sending of its first answer as one.
TEST(Snapshot, IsTheSameWhetherTheFirstAnswerIsSentAtOnceOrByAnEvent) {
  for (unsigned seed = 1; seed <= 50; ++seed) {
    SnapshotEvents events(seed);
    WallTime now = 1000;
    Engine at_once(snapshot_policies()[0], now);
    Engine apart(snapshot_policies()[0], now);
    for (int i = 0; i < 60; ++i) {
      const Event event = events.next(apart);
      if (std::holds_alternative<event::Reconnect>(event)) continue;
      Effects a;
      Effects b;
      at_once.apply(++now, event, a, FirstAnswer::sent);
      apart.apply(now, event, b);
      events.learn(b);
      expect_same(a.answers, b.answers);
      if (!b.answers.empty()) apart.apply(now, event::Sent{b.answers.front().id}, b);
      ASSERT_EQ(save(at_once), save(apart)) << "seed " << seed << ", event " << i;
    }
  }
}

TEST(Snapshot, RestoresAnEngineThatBehavesAsTheSavedOne) {
  for (unsigned seed = 1; seed <= 500; ++seed) {
    SnapshotEvents events(seed);
    WallTime now = 1000;
    Engine engine(snapshot_policies()[0], now);
    for (unsigned i = 0; i < seed % 250; ++i) {
      Effects effects;
      engine.apply(++now, events.next(engine), effects);
      events.learn(effects);
    }
    const auto bytes = save(engine);
    const auto restored = restore(bytes);
    ASSERT_NE(restored, nullptr) << "seed " << seed;
    restored->check();
    EXPECT_EQ(save(*restored), bytes) << "seed " << seed;
    EXPECT_EQ(render(engine), render(*restored)) << "seed " << seed;
    run_alike(engine, *restored, events, 150, now);
    ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed;
  }
}

TEST(Snapshot, KeepsTheOrderOfHoldersAfterADowngrade) {
  Engine engine(snapshot_policies()[0], 0);
  const OwnerKey both = open_and_lock(engine, "a=shared+b", Mode::exclusive);
  open_and_lock(engine, "a", Mode::shared);
  Effects effects;
  engine.apply(4, event::Acquire{RequestId{99}, HandleId{both.id}, both, Mode::shared, true, 1},
               effects);
  EXPECT_EQ(render(*restore(save(engine))), render(engine));
}

}  // namespace
}  // namespace lockfs

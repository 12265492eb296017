// The same events give the same effects and the same state again: that is what a journal rests on.
#include <gtest/gtest.h>

#include "tests/unit/engine/engine_pair.h"
#include "tests/unit/engine/random_events.h"

namespace lockfs {
namespace {

struct Record {
  std::vector<std::string> answers;
  std::vector<std::string> notices;
  std::vector<std::uint64_t> wakeups;
  std::string state;
  friend bool operator==(const Record&, const Record&) = default;
};

Record play(const std::vector<std::pair<WallTime, Event>>& events) {
  Engine engine(random_policies().front(), 1000);
  Record record;
  for (const auto& [now, event] : events) {
    Effects effects;
    engine.apply(now, event, effects);
    for (const auto& answer : effects.answers) record.answers.push_back(to_string(answer));
    record.wakeups.insert(record.wakeups.end(), effects.wakeups.begin(), effects.wakeups.end());
    for (const auto& notice : effects.notices) record.notices.push_back(dump(effects.told(notice)));
  }
  record.state = dump(engine);
  return record;
}

TEST(EngineDeterminism, TheSameEventsGiveTheSameEffects) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    EnginePair pair(random_policies().front());
    RandomEvents random(seed, pair.engine());
    std::vector<std::pair<WallTime, Event>> events;
    for (int i = 0; i < 150; ++i) {
      const Event event = random.next();
      pair.apply(event);
      events.emplace_back(pair.now(), event);
      random.learn(pair.effects());
    }
    const Record once = play(events);
    ASSERT_EQ(once.state, dump(pair.engine())) << "seed " << seed;
    ASSERT_EQ(once, play(events)) << "seed " << seed;
  }
}

}  // namespace
}  // namespace lockfs

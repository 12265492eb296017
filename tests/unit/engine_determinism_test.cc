// The same events give the same effects and the same state again: that is what a journal rests on.
#include <gtest/gtest.h>

#include "tests/unit/engine_pair.h"
#include "tests/unit/random_events.h"

namespace lockfs {
namespace {

struct Record {
  std::vector<std::string> answers;
  std::vector<std::string> notices;
  std::string state;
  friend bool operator==(const Record&, const Record&) = default;
};

std::string to_string(const Notice& notice) {
  return std::string(to_string(notice.kind)) + " " + notice.subject + " " +
         std::to_string(notice.client.thread) + " " + std::to_string(notice.token) + " " +
         std::to_string(static_cast<int>(notice.reason)) + " " + notice.outcome.text;
}

Record play(const std::vector<Event>& events) {
  WallTime now = 1000;
  Engine engine(random_policies().front(), now);
  Record record;
  for (const auto& event : events) {
    Effects effects;
    engine.apply(++now, event, effects);
    for (const auto& answer : effects.answers) record.answers.push_back(to_string(answer));
    for (const auto& notice : effects.notices) record.notices.push_back(to_string(notice));
  }
  record.state = dump(engine);
  return record;
}

TEST(EngineDeterminism, TheSameEventsGiveTheSameEffects) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    EnginePair pair(random_policies().front());
    RandomEvents random(seed, pair.engine());
    std::vector<Event> events;
    for (int i = 0; i < 150; ++i) {
      events.push_back(random.next());
      pair.apply(events.back());
      random.learn(pair.effects());
    }
    const Record once = play(events);
    ASSERT_EQ(once.state, dump(pair.engine())) << "seed " << seed;
    ASSERT_EQ(once, play(events)) << "seed " << seed;
  }
}

}  // namespace
}  // namespace lockfs

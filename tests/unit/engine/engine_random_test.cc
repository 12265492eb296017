// Random event sequences: after every event the engine and the naive model agree, and the engine's
// invariants hold. LOCKFS_TEST_SEQUENCES sets how many sequences, LOCKFS_TEST_SEED where to begin;
// a failure names the seed that repeats it.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/unit/engine/engine_pair.h"
#include "tests/unit/engine/random_events.h"

namespace lockfs {
namespace {

unsigned setting(const char* name, unsigned otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

void run_sequence(unsigned seed) {
  const auto policies = random_policies();
  EnginePair pair(policies[seed % policies.size()]);
  RandomEvents events(seed, pair.engine());
  for (int i = 0; i < 120; ++i) {
    const Event event = events.next();
    const std::string difference = pair.compare(event);
    ASSERT_EQ(difference, "") << "LOCKFS_TEST_SEED=" << seed << ", event " << i << " of kind "
                              << event.index();
    events.learn(pair.effects());
  }
}

TEST(EngineRandom, AgreesWithTheModel) {
  const unsigned first = setting("LOCKFS_TEST_SEED", 1);
  const unsigned count = setting("LOCKFS_TEST_SEQUENCES", 1000);
  for (unsigned seed = first; seed < first + count; ++seed) {
    run_sequence(seed);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace lockfs

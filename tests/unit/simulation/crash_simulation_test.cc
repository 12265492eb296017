// Nothing is lost, whenever the worker dies (CONTRACT: nothing is lost).
//
// LOCKFS_SIM_SEED=N repeats the run of one seed, LOCKFS_SIM_SEEDS=N runs that many.
#include "tests/unit/simulation/crash_simulation.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace lockfs::sim {
namespace {

constexpr int actions = 200;

std::uint64_t number(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// What went wrong; empty if nothing did.
template <class Run>
std::string failure_of(const Run& run) {
  try {
    run();
  } catch (const std::exception& failure) {
    return failure.what();
  }
  return {};
}

// The seeds dealt out to a few tests, which run side by side.
constexpr std::uint64_t hands = 4;
class CrashSimulations : public testing::TestWithParam<std::uint64_t> {};

TEST_P(CrashSimulations, LoseNothingAtRandomCrashes) {
  const std::uint64_t one = number("LOCKFS_SIM_SEED", 0);
  const std::uint64_t last = one != 0 ? one : number("LOCKFS_SIM_SEEDS", 2000);
  for (std::uint64_t seed = one != 0 ? one : 1; seed <= last; ++seed) {
    if (seed % hands != GetParam()) continue;
    SCOPED_TRACE("repeat with LOCKFS_SIM_SEED=" + std::to_string(seed));
    for (const bool resends : {true, false}) {
      ASSERT_EQ(failure_of([&] { Simulation(seed, resends).run_with_random_crashes(actions); }), "")
          << (resends ? "" : "on a kernel before 6.9");
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Hand, CrashSimulations, testing::Range(std::uint64_t{0}, hands));

TEST(CrashSimulation, LosesNothingAtACrashAtAnyStep) {
  constexpr int few = 60;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const bool resends = seed % 2 == 0;
    Simulation whole(seed, resends);
    whole.run_with_crash_at(few, ~std::uint64_t{0} >> 1U);
    for (std::uint64_t step = 0; step < whole.steps(); ++step) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", step " + std::to_string(step));
      ASSERT_EQ(failure_of([&] { Simulation(seed, resends).run_with_crash_at(few, step); }), "");
    }
  }
}

}  // namespace
}  // namespace lockfs::sim

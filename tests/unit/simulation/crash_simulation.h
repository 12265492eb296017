// A whole run of simulated clients, kernel and workers from one seed: the same seed, the same run.
//
// Workers die at chosen or random steps (Steps::pass), or hand over in order, and each successor
// has only the journal's memory and what the kernel sends again, if it does. Throws Violation when
// a promise is broken.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>

#include "tests/unit/simulation/crash_simulation_clients.h"
#include "tests/unit/simulation/crash_simulation_worker.h"

namespace lockfs::sim {

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed, bool kernel_resends = true);

  // Crashes and upgrades at random.
  void run_with_random_crashes(int actions);
  // One crash, at this step.
  void run_with_crash_at(int actions, std::uint64_t step);

  // How many steps there were at which a worker could die.
  std::uint64_t steps() const { return steps_.passed(); }

 private:
  void run(int actions);
  void act();
  void arm();
  void work(const std::function<void()>& todo);
  void start();
  void finish();
  void drain();
  void check();
  bool one_in(std::uint32_t number) { return random_() % number == 0; }

  std::mt19937 random_;
  bool random_crashes_ = false;
  Memory memory_;
  Kernel kernel_;
  Clients clients_;
  OrderCheck order_;
  Steps steps_;
  WallTime clock_ = 1;
  Surroundings around_;
  std::unique_ptr<Worker> worker_;
};

}  // namespace lockfs::sim

// The fixture of tests that kill the daemon's processes: each runs on this kernel, and as on one
// before 6.9, which sends nothing again: what was being done when a worker died, its successor must
// then know from the journal.
#pragma once

#include <string>

#include "tests/harness/mount_test.h"

namespace lockfs::test {

enum class Kernel { resends, old };
void PrintTo(Kernel kernel, std::ostream* out);

class KilledMount : public MountTest, public testing::WithParamInterface<Kernel> {
 protected:
  void SetUp() override;

  static bool resends() { return GetParam() == Kernel::resends; }
  void kill_worker() { sandbox->kill(sandbox->worker()); }
  void kill_keeper() { sandbox->kill(sandbox->keeper()); }
  // Both are there, and serve.
  void wait_for_both();
  bool holds(int count);
  bool waits(int count);
  // The planted fault has stopped the worker.
  void wait_until_stopped();
  void expect_all_free();
};

}  // namespace lockfs::test

#define LOCKFS_FOR_BOTH_KERNELS(suite)                                                         \
  class suite : public KilledMount {};                                                         \
  INSTANTIATE_TEST_SUITE_P(Kernel, suite, testing::Values(Kernel::resends, Kernel::old),       \
                           [](const auto& param_info) {                                        \
                             return param_info.param == Kernel::old ? "Before6_9" : "Resends"; \
                           })

#include "tests/crash/killed_mount.h"

#include <cstdlib>

namespace lockfs::test {

void PrintTo(Kernel kernel, std::ostream* out) {
  *out << (kernel == Kernel::old ? "before 6.9" : "resends");
}

void KilledMount::SetUp() {
  if (!resends()) ::setenv("LOCKFS_OLD_KERNEL", "1", 1);
  mount("[board]\naddress = 10.0.0.1\naddress = 10.0.0.2\n[deploy]\n[shared]\n");
  ::unsetenv("LOCKFS_OLD_KERNEL");
}

void KilledMount::wait_for_both() {
  ASSERT_TRUE(wait_until([&] { return sandbox->keeper() != 0 && sandbox->worker() != 0; }));
  ASSERT_EQ(sandbox->sh("ls $L").status, 0);
}

bool KilledMount::holds(int count) {
  return wait_until([&] {
    return sandbox->sh("grep -c ' held ' $L/status").out == std::to_string(count) + "\n";
  });
}

bool KilledMount::waits(int count) {
  return wait_until([&] {
    return sandbox->sh("grep -c ' waiting ' $L/status").out == std::to_string(count) + "\n";
  });
}

void KilledMount::wait_until_stopped() {
  ASSERT_TRUE(wait_until([&] { return !sandbox->fault_is_planted(); }));
  ASSERT_TRUE(wait_until([&] { return sandbox->worker() != 0 && is_stopped(sandbox->worker()); }));
}

void KilledMount::expect_all_free() {
  EXPECT_TRUE(wait_until([&] {
    const std::string status = sandbox->status();
    return status.find(" held ") == std::string::npos &&
           status.find(" waiting ") == std::string::npos;
  })) << sandbox->status();
}

}  // namespace lockfs::test

#include "tests/harness/mount_test.h"

#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

namespace lockfs::test {
namespace {

void run(const std::string& command) {
  if (std::system((command + " >/dev/null 2>&1").c_str()) != 0) {
    std::cerr << "failed: " << command << '\n';
  }
}

}  // namespace

void MountTest::prepare(const std::string& config) {
  const std::string reason = why_no_mounts();
  const char* ci = std::getenv("CI");
  if (!reason.empty() && ci != nullptr && std::string(ci) == "true") FAIL() << reason;
  if (!reason.empty()) GTEST_SKIP() << reason;
  sandbox = std::make_unique<Sandbox>(config);
}

void MountTest::mount(const std::string& config, const std::vector<std::string>& arguments) {
  prepare(config);
  if (!sandbox) return;
  ASSERT_EQ(sandbox->start(arguments), "");
}

void MountTest::TearDown() {
  if (!sandbox) return;
  const std::string log = sandbox->log();
  if (HasFailure()) std::cerr << "--- the daemon's log\n" << log;
  EXPECT_EQ(log.find("Sanitizer"), std::string::npos) << log;
  EXPECT_EQ(log.find("runtime error"), std::string::npos) << log;
}

pid_t MountTest::hold(const std::string& name, const std::string& how) {
  const std::string mark = "sleep 100" + std::to_string(::rand() % 1000000);
  const pid_t pid = sandbox->start_sh("exec flock " + how + " $L/" + name + " " + mark);
  EXPECT_TRUE(wait_until([&] {
    return sh("grep -w held $L/" + name + " | grep '" + mark + "$'").status == 0;
  })) << sandbox->status();
  return pid;
}

pid_t MountTest::wait_behind(const std::string& name, const std::string& mark,
                             const std::string& how) {
  const pid_t pid = sandbox->start_sh("exec flock " + how + " $L/" + name + " sh -c 'echo " + mark +
                                      " >> $D/order'");
  EXPECT_TRUE(wait_until([&] {
    return sh("grep -w waiting $L/" + name + " | grep 'echo " + mark + " '").status == 0;
  })) << sandbox->status();
  return pid;
}

void MountTest::end(pid_t pid) { ::kill(-pid, SIGKILL); }

TestAccounts::TestAccounts() {
  const std::string number = std::to_string(::getpid());
  user_ = "lfu" + number;
  member_ = "lfm" + number;
  group_ = "lfg" + number;
  run("groupadd " + group_);
  run("useradd -M -N -s /bin/sh " + user_);
  run("useradd -M -N -s /bin/sh -G " + group_ + " " + member_);
}

TestAccounts::~TestAccounts() {
  // Also while a process of theirs is still going: it was killed.
  run("userdel -f " + user_);
  run("userdel -f " + member_);
  run("groupdel " + group_);
}

std::string TestAccounts::as(const std::string& user, const std::string& command) {
  return "setpriv --reuid=" + user + " --regid=nogroup --init-groups sh -c '" + command + "'";
}

void TestAccounts::leave_group() const { run("gpasswd -d " + member_ + " " + group_); }

}  // namespace lockfs::test

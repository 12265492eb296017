#include "tests/e2e/served_test.h"

#include <signal.h>
#include <sys/wait.h>

namespace lockfs::test {

std::string ServedTest::config() const {
  return "[burchtest]\naddress = 192.168.124.51\naddress = 192.168.124.53\n"
         "address = 192.168.124.56\n[deploy]\n[licence]\nunits = 2\n[s3esk]\naddress = 10.0.0.1\n";
}

void ServedTest::SetUp() {
  // Whatever runs the tests may have these ignored, and so would every program started here.
  for (const int number : {SIGINT, SIGQUIT, SIGHUP, SIGTERM}) ::signal(number, SIG_DFL);
  mount(config());
}

// The first SIGTERM lets holders finish; the second, or any later one, ends it now.
void ServedTest::TearDown() {
  if (sandbox && sandbox->daemon() > 0 && !ended_) {
    int status = -1;
    EXPECT_TRUE(wait_until([&] {
      ::kill(sandbox->daemon(), SIGTERM);
      return ::waitpid(sandbox->daemon(), &status, WNOHANG) != 0;
    })) << "the daemon does not leave";
    EXPECT_EQ(status, 0) << "the daemon's wait status";
  }
  MountTest::TearDown();
}

void ServedTest::open_to_all() { ASSERT_EQ(sh("chmod 755 $D").status, 0); }

int ServedTest::wait_for_end() {
  ended_ = true;
  return sandbox->wait_for_daemon();
}

bool ServedTest::mounted() { return sh("grep -q \" $L \" /proc/self/mountinfo").status == 0; }

Ran ServedTest::reload(const std::string& text) {
  sandbox->write_config(text);
  return sh("exec 9<>$L/.ctl; echo reload 2>/dev/null >&9; s=$?; cat <&9; exit $s");
}

int ServedTest::count(const std::string& name, const std::string& state) {
  return std::stoi(sh("awk '$3 == \"" + state + "\"' $L/" + name + " | wc -l").out);
}

void ServedTest::lock(const std::string& name, int times) {
  const std::string script = "open my $lock, \"<\", \"$ENV{L}/" + name + "\" or die; for (1.." +
                             std::to_string(times) +
                             ") { flock $lock, 2 or die; flock $lock, 8 or die }";
  ASSERT_THAT(sandbox->sh("perl -e '" + script + "'", std::chrono::seconds(250)), Gives(0, ""));
}

bool ServedTest::becomes(const std::string& name, const std::string& state, int lines) {
  return wait_until([&] { return count(name, state) == lines; });
}

}  // namespace lockfs::test

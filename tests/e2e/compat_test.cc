// The older systems' tools on a real mount.
#include <sys/types.h>

#include <string>

#include "tests/e2e/served_test.h"

namespace lockfs::test {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

class Compat : public ServedTest {
 protected:
  Ran loto(const std::string& arguments) { return sh(COMPAT "loto " + arguments); }
  Ran mutexdaemon(const std::string& arguments) { return sh(COMPAT "mutexdaemon " + arguments); }
};

TEST_F(Compat, LotosResourcesAreLocksOfTheMount) {
  EXPECT_THAT(loto("-L=cpu -- cat $L/.mine/cpu"), Gives(0, "cpu\n"));
  EXPECT_THAT(loto("-L $L/s3esk -- cat $L/.mine/s3esk"), Gives(0, "10.0.0.1\n"));
  EXPECT_THAT(loto("-L=cpu -- sh -c 'exit 42'"), Gives(42, ""));
  EXPECT_THAT(sh("test -e $L/cpu || echo gone"), Gives(0, "gone\n"));
}

TEST_F(Compat, LotoTakesAllOfSeveralOrNothing) {
  EXPECT_THAT(loto("-L=deploy -L=$L/s3esk -- cat $L/.mine/deploy+s3esk"),
              Gives(0, "deploy deploy\ns3esk 10.0.0.1\n"));
  const pid_t holder = hold("s3esk");
  EXPECT_THAT(loto("-L=deploy -L=s3esk -- echo ran"), Gives(0, HasSubstr("is busy")));
  EXPECT_THAT(loto("-q -L=deploy -L=s3esk -- echo ran"), Gives(0, ""));
  EXPECT_EQ(count("deploy", "free"), 1);
  const pid_t waiter = sandbox->start_sh("exec " COMPAT "loto -w -L=deploy -L=s3esk -- true");
  ASSERT_TRUE(becomes("s3esk", "waiting", 1));
  end(holder);
  EXPECT_EQ(sandbox->wait_for(waiter), 0);
}

TEST_F(Compat, LotoWaitsItsTimeAndIsNotTragic) {
  hold("deploy");
  EXPECT_THAT(loto("-v -t=0.1 -L=deploy -- echo ran"),
              Gives(0, MatchesRegex("loto: locking .*/deploy\nloto: .*/deploy is busy; waiting for "
                                    "it\nloto: .*/deploy is busy; the command was not run\n")));
  EXPECT_EQ(count("deploy", "waiting"), 0);
}

TEST_F(Compat, LotoEndsACommandThatLostItsLock) {
  const pid_t runner = sandbox->start_sh("exec " COMPAT
                                         "loto -L=deploy -- "
                                         "sh -c 'touch $D/ready; exec sleep 1000' 2>$D/words");
  ASSERT_TRUE(wait_until([&] { return sh("test -e $D/ready").status == 0; }));
  EXPECT_EQ(sh("echo break deploy > $L/.ctl").status, 0);
  EXPECT_EQ(sandbox->wait_for(runner), 76);
  EXPECT_THAT(sh("cat $D/words").out, HasSubstr("deploy was taken away; the command gets SIGTERM"));
}

TEST_F(Compat, LotoIsToldWhatIsNotForIt) {
  const TestAccounts accounts;
  open_to_all();
  EXPECT_EQ(reload("create = no\n[guarded]\nuser = root\n").status, 0);
  ASSERT_EQ(sh("cp " COMPAT "loto $D/loto").status, 0);
  const auto as_user = [&](const std::string& arguments) {
    return sh(TestAccounts::as(accounts.user(), "$D/loto " + arguments));
  };
  EXPECT_THAT(as_user("-L=guarded -- true"), Gives(65, HasSubstr("you may not lock guarded")));
  EXPECT_THAT(as_user("-L=fresh -- true"), Gives(66, HasSubstr("you may not make one")));
}

TEST_F(Compat, MutexdaemonShowsTheBoardsAndTheirUsers) {
  EXPECT_THAT(mutexdaemon("query"), Gives(0,
                                          "burchtest\n  192.168.124.51  free\n"
                                          "  192.168.124.53  free\n  192.168.124.56  free\n"
                                          "s3esk\n  10.0.0.1  free\n"));
  hold("s3esk");
  EXPECT_THAT(mutexdaemon("query").out, HasSubstr("s3esk\n  10.0.0.1  root since 2"));
}

TEST_F(Compat, MutexdaemonReloadsOrSaysWhatIsWrong) {
  sandbox->write_config("[one]\naddress = 10.0.0.9\n");
  EXPECT_THAT(mutexdaemon("reload"), Gives(0, HasSubstr("reloaded")));
  EXPECT_THAT(mutexdaemon("query"), Gives(0, "one\n  10.0.0.9  free\n"));
  sandbox->write_config("[one]\naddress = 10.0.0.9\ngroup = no_such_group_here\n");
  EXPECT_THAT(mutexdaemon("reload"), FailsWith("no_such_group_here"));
  EXPECT_THAT(mutexdaemon("query"), Gives(0, "one\n  10.0.0.9  free\n"));
}

TEST_F(Compat, PidstatdGoesToTheBackground) {
  EXPECT_THAT(sh("port=; for port in $(shuf -i 20000-60000 -n 50); do " COMPAT
                 "pidstatd --port $port 2>/dev/null && break; done; pid=$(pgrep -f "
                 "\"pidstatd --port $port\"); " COMPAT
                 "pidstat --port $port exists $$ $pid | grep -c up; readlink /proc/$pid/cwd; "
                 "kill $pid"),
              Gives(0, "2\n/\n"));
}

}  // namespace
}  // namespace lockfs::test

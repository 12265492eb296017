// Full queues and tables: a clear error to the one who asked, and nobody else notices. And the
// other rules about who may make and lock what.
#include <optional>

#include "tests/e2e/served_test.h"

namespace lockfs::test {
namespace {

// With accounts, which exist before the configuration names them.
class Limits : public ServedTest {
 protected:
  void SetUp() override {
    if (why_no_mounts().empty()) accounts.emplace();
    ServedTest::SetUp();
    if (sandbox && !HasFatalFailure()) open_to_all();
  }
  std::string config() const override {
    return "max_waiters = 4\nmax_waiters_per_user = 2\nmax_dynamic_locks_per_user = 2\n"
           "max_opens_per_user = 6\n[deploy]\n[guarded]\ngroup = " +
           (accounts ? accounts->group() : "root") + "\n";
  }
  void TearDown() override {
    ServedTest::TearDown();
    sandbox.reset();  // an account that still has processes cannot be removed
  }
  Ran as_user(const std::string& command) {
    return sh(TestAccounts::as(accounts->user(), command));
  }
  pid_t wait_as(const std::string& user) {
    return sandbox->start_sh("exec " + TestAccounts::as(user, "exec flock $L/deploy true"));
  }

  std::optional<TestAccounts> accounts;
};

TEST_F(Limits, OfWaitersOfOneUser) {
  const pid_t holder = hold("deploy");
  wait_as(accounts->user());
  const pid_t second = wait_as(accounts->user());
  ASSERT_TRUE(becomes("deploy", "waiting", 2));
  EXPECT_THAT(as_user("flock $L/deploy true"), FailsWith("No locks available"));
  EXPECT_THAT(as_user("flock -n $L/deploy true"), Gives(1, ""));
  const pid_t other = wait_as(accounts->member());
  ASSERT_TRUE(becomes("deploy", "waiting", 3));
  end(holder);
  EXPECT_EQ(sandbox->wait_for(second), 0);
  EXPECT_EQ(sandbox->wait_for(other), 0);
}

TEST_F(Limits, OfAllWaitersHoldForRootToo) {
  const pid_t holder = hold("deploy");
  const pid_t first = wait_behind("deploy", "1");
  for (const char* mark : {"2", "3", "4"}) wait_behind("deploy", mark);
  EXPECT_THAT(sh("flock $L/deploy true"), FailsWith("No locks available"));
  EXPECT_EQ(count("deploy", "waiting"), 4);
  end(first);
  ASSERT_TRUE(becomes("deploy", "waiting", 3));
  const pid_t again = wait_behind("deploy", "5");
  end(holder);
  EXPECT_EQ(sandbox->wait_for(again), 0);
  EXPECT_EQ(sh("cat $D/order").out, "2\n3\n4\n5\n");
}

TEST_F(Limits, OfDynamicLocksOfOneUser) {
  EXPECT_THAT(as_user("exec 7>$L/x 8>$L/y; exec 9>$L/z"), FailsWith("z"));
  EXPECT_THAT(as_user("exec 7>$L/x 8>$L/y; flock $L/z true"), FailsWith("No locks available"));
  EXPECT_THAT(sh("exec 6>$L/w 7>$L/x 8>$L/y; exec 9>$L/z; echo root"), Gives(0, "root\n"));
  EXPECT_TRUE(wait_until([&] { return as_user("exec 7>$L/u 8>$L/v").status == 0; }));
}

TEST_F(Limits, OfOpenFilesOfOneUser) {
  const std::string six =
      "exec 3<$L/deploy 4<$L/deploy 5<$L/deploy 6<$L/deploy 7<$L/deploy 8<$L/status; ";
  EXPECT_THAT(as_user(six + "cat $L/deploy"), FailsWith("Too many open files"));
  EXPECT_THAT(as_user(six + "flock $L/deploy true"), FailsWith("Too many open files"));
  EXPECT_TRUE(wait_until([&] { return as_user(six + "echo all").out == "all\n"; }));
  EXPECT_THAT(sh(six + "cat $L/deploy | wc -l"), Gives(0, "2\n"));
}

TEST_F(Limits, AccessIsToldBeforeItIsTried) {
  const auto member = [&](const std::string& command) {
    return sh(TestAccounts::as(accounts->member(), command));
  };
  EXPECT_THAT(
      member("test -w $L/guarded && test -r $L/guarded && test -w $L && flock $L/guarded echo in"),
      Gives(0, "in\n"));
  EXPECT_THAT(as_user("test -r $L/guarded && ! test -w $L/guarded && test -w $L/deploy && "
                      "! test -w $L/.ctl && ! test -x $L/deploy && ! test -w $L/status"),
              Gives(0, ""));
  EXPECT_EQ(sh("test -w $L/.ctl").status, 0);
  EXPECT_THAT(sh("stat -c '%A %U %G' $L/guarded $L/deploy"),
              Gives(0, "-rw-rw-r-- root " + accounts->group() + "\n-rw-rw-rw- root root\n"));
}

TEST_F(Limits, WhoMayNotLockMayOpenAndRead) {
  EXPECT_THAT(as_user("exec 8<$L/guarded && exec 9<>$L/guarded && wc -l < $L/guarded && "
                      "grep -c units $L/.json/guarded"),
              Gives(0, "2\n1\n"));
  for (const char* how : {"", "-s", "-n", "-s -n", "-w 5"}) {
    EXPECT_THAT(as_user("flock " + std::string(how) + " $L/guarded true"),
                FailsWith("Permission denied"))
        << how;
  }
  EXPECT_EQ(count("guarded", "free"), 1);
}

TEST_F(Limits, TheHolderIsShownByName) {
  sandbox->start_sh("exec " +
                    TestAccounts::as(accounts->member(), "exec flock $L/guarded sleep 1000"));
  ASSERT_TRUE(becomes("guarded", "held", 1));
  EXPECT_EQ(sh("awk '$3 == \"held\" { print $5, $12, $14 }' $L/guarded").out,
            accounts->member() + " flock sleep\n");
}

TEST_F(Limits, CommandsOfOthersAreRefusedAndLogged) {
  EXPECT_THAT(as_user("echo create x > $L/.ctl"), FailsWith(""));
  EXPECT_THAT(as_user("exec 9<>$L/.ctl; echo create x 2>/dev/null >&9; echo $?; cat <&9"),
              Gives(0, testing::HasSubstr("1\npermission only root and members of admin_group")));
  EXPECT_THAT(as_user("cat $L/.ctl"), Gives(0, testing::HasSubstr("permission")));
  EXPECT_THAT(sh("ls $L | grep -c x"), Gives(1, "0\n"));
  const std::string uid = sh("id -u " + accounts->user() + " | tr -d '\\n'").out;
  EXPECT_TRUE(sandbox->logs("command \"create x\" by uid " + uid)) << sandbox->log();
}

class Creating : public Limits {
 protected:
  std::string config() const override {
    return "create = " + (accounts ? accounts->group() : "root") + "\n[deploy]\n";
  }
};

TEST_F(Creating, CanBeForAGroup) {
  EXPECT_THAT(sh(TestAccounts::as(accounts->member(), "test -w $L && flock $L/fresh echo in")),
              Gives(0, "in\n"));
  EXPECT_THAT(as_user("flock $L/other true"), FailsWith("Permission denied"));
  EXPECT_THAT(as_user("test -w $L"), Gives(1, ""));
  hold("fresh");
  EXPECT_THAT(as_user("flock -n $L/fresh true"), Gives(1, "")) << "it is there";
}

// A program that opens, makes locks and waits without end; it keeps all that it gets, and says how
// much that was and what it was then told.
constexpr const char* greedy = R"(
import errno, fcntl, os, signal, threading, time
L, D = os.environ['L'], os.environ['D']
kept = []

def until_refused(take):
    try:
        while len(kept) < 10000:
            kept.append(take(len(kept)))
    except OSError as e:
        return errno.errorcode[e.errno]

def wait():
    try:
        fcntl.flock(os.open(L + '/deploy', os.O_RDONLY), fcntl.LOCK_EX)
    except OSError as e:
        refused.append(errno.errorcode[e.errno])

refused = []
for i in range(20):
    threading.Thread(target=wait, daemon=True).start()
while len(refused) < 8: time.sleep(0.01)
made = until_refused(lambda i: os.open(L + '/mine%d' % i, os.O_RDWR | os.O_CREAT))
locks = len(kept)
opened = until_refused(lambda i: os.open(L + '/deploy', os.O_RDONLY))
held = until_refused(lambda i: os.open(L + '/.hold/s3esk', os.O_RDWR))
with open(D + '/greedy', 'w') as out:
    print(len(refused), *sorted(set(refused)), locks, made, len(kept), opened, held, file=out)
signal.pause()
)";

class Greedy : public Limits {
 protected:
  std::string config() const override {
    return "max_waiters_per_user = 12\nmax_dynamic_locks_per_user = 30\n"
           "max_opens_per_user = 100\n[deploy]\n[s3esk]\n";
  }
};

TEST_F(Greedy, IsRefusedAndNobodyElseNotices) {
  const pid_t holder = hold("deploy");
  ASSERT_EQ(sh("touch $D/greedy; chmod 666 $D/greedy; cat > $D/greedy.py <<'END'" +
               std::string(greedy) + "END")
                .status,
            0);
  const pid_t taker =
      sandbox->start_sh("exec " + TestAccounts::as(accounts->user(), "exec python3 $D/greedy.py"));
  ASSERT_TRUE(wait_until([&] { return !sh("cat $D/greedy").out.empty(); }));
  EXPECT_EQ(sh("cat $D/greedy").out, "8 ENOLCK 30 ENOLCK 80 EMFILE EMFILE\n");
  EXPECT_EQ(count("deploy", "waiting"), 12);
  const auto as_other = [&](const std::string& command) {
    return sh(TestAccounts::as(accounts->member(), command));
  };
  EXPECT_THAT(as_other("flock -w 30 $L/s3esk echo in; flock $L/fresh echo made; cat $L/s3esk | "
                       "wc -l; flock -n $L/deploy true; echo $?"),
              Gives(0, "in\nmade\n2\n1\n"));
  const pid_t waiter = wait_as(accounts->member());
  ASSERT_TRUE(becomes("deploy", "waiting", 13));
  end(taker);
  EXPECT_TRUE(becomes("deploy", "waiting", 1)) << "what it had is taken back";
  end(holder);
  EXPECT_EQ(sandbox->wait_for(waiter), 0);
  EXPECT_TRUE(wait_until([&] { return sh("ls $L | grep -c mine").out == "0\n"; }));
}

class HundredThousandLocks : public ServedTest {
 protected:
  static constexpr int number = 100'000;
  std::string config() const override {
    std::string text;
    for (int i = 0; i < number; ++i) text += "[lock-" + std::to_string(i) + "]\n";
    return text;
  }
};

TEST_F(HundredThousandLocks, AreShownAndLockedAsOneIs) {
  hold("lock-99999");
  const pid_t reader =
      sandbox->start_sh("while cat $L/status $L/status.json; do :; done >/dev/null");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(sh("flock -n $L/lock-50000 echo in").out, "in\n");
  EXPECT_EQ(sh("wc -l < $L/status").out, std::to_string(number + 1) + "\n");
  EXPECT_EQ(sh("grep -c ' held ' $L/status").out, "1\n");
  EXPECT_EQ(sh("grep -c '\"kind\": \"named\"' $L/status.json").out, std::to_string(number) + "\n");
  EXPECT_EQ(sh("ls $L | wc -l").out, std::to_string(number + 2) + "\n");
  end(reader);
}

}  // namespace
}  // namespace lockfs::test

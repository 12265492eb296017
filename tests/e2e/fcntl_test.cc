// fcntl(2) locks: of processes and of open files, from several languages, beside flock(2).
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "tests/e2e/served_test.h"
#include "tests/harness/locker.h"

namespace lockfs::test {
namespace {

using testing::HasSubstr;

// The two kinds: of the process, and of the open file.
struct Kind {
  const char* name;
  int set;
  int wait;
  int get;
};
constexpr Kind kinds[] = {{"Posix", F_SETLK, F_SETLKW, F_GETLK},
                          {"OpenFile", F_OFD_SETLK, F_OFD_SETLKW, F_OFD_GETLK}};

class Fcntl : public ServedTest {
 protected:
  std::string deploy() { return sandbox->path("deploy"); }
  // The pid that holds it, as the status says, with the door's name before it.
  std::string holders() { return sh("awk '$3 == \"held\" { print $8, $4, $7 }' $L/deploy").out; }
  static std::string line(const std::string& words, pid_t pid) {
    return words + " " + std::to_string(pid) + "\n";
  }
};

class FcntlOfEachKind : public Fcntl, public testing::WithParamInterface<Kind> {};

TEST_P(FcntlOfEachKind, ExcludesOthersOverTheWholeFile) {
  Locker one;
  Locker two;
  const int a = one.open(deploy(), O_RDWR);
  const int b = two.open(deploy(), O_RDWR);
  EXPECT_EQ(one.fcntl(a, GetParam().set, F_WRLCK, 0, 10), 0);
  EXPECT_EQ(two.fcntl(b, GetParam().set, F_WRLCK, 100, 10), EAGAIN) << "disjoint, and yet";
  EXPECT_EQ(two.fcntl(b, GetParam().set, F_RDLCK, 100, 10), EAGAIN);
  EXPECT_EQ(holders(), line("fcntl ex", one.pid()));
  EXPECT_EQ(sh("flock -n $L/deploy true").status, 1);
  EXPECT_EQ(one.fcntl(a, GetParam().set, F_UNLCK), 0);
  EXPECT_EQ(two.fcntl(b, GetParam().set, F_WRLCK, 100, 10), 0);
}

TEST_P(FcntlOfEachKind, IsFreeWhenTheLastRangeIs) {
  Locker one;
  const int a = one.open(deploy(), O_RDWR);
  EXPECT_EQ(one.fcntl(a, GetParam().set, F_WRLCK, 0, 100), 0);
  EXPECT_EQ(one.fcntl(a, GetParam().set, F_UNLCK, 10, 10), 0);
  EXPECT_EQ(one.fcntl(a, GetParam().set, F_UNLCK, 0, 10), 0);
  EXPECT_EQ(count("deploy", "held"), 1);
  EXPECT_EQ(one.fcntl(a, GetParam().set, F_UNLCK, 20, 0), 0);
  EXPECT_EQ(count("deploy", "held"), 0);
}

TEST_P(FcntlOfEachKind, GoesWithTheDescriptor) {
  for (const int flags : {O_RDWR, O_WRONLY, O_RDONLY}) {
    Locker one;
    const int a = one.open(deploy(), flags);
    const short type = flags == O_RDONLY ? F_RDLCK : F_WRLCK;
    EXPECT_EQ(one.fcntl(a, GetParam().set, type), 0);
    EXPECT_EQ(count("deploy", "held"), 1);
    EXPECT_EQ(one.close(a), 0);
    EXPECT_TRUE(becomes("deploy", "held", 0)) << flags;
  }
}

TEST_P(FcntlOfEachKind, GoesWithTheProcess) {
  Locker one;
  Locker two;
  EXPECT_EQ(one.fcntl(one.open(deploy(), O_RDWR), GetParam().set, F_WRLCK), 0);
  two.begin_fcntl(two.open(deploy(), O_RDWR), GetParam().wait, F_WRLCK);
  ASSERT_TRUE(becomes("deploy", "waiting", 1));
  one.kill();
  EXPECT_EQ(two.end(), 0);
  EXPECT_EQ(holders(), line("fcntl ex", two.pid()));
}

TEST_P(FcntlOfEachKind, WaitsInTurnWithFlock) {
  const pid_t holder = hold("deploy");
  Locker one;
  one.begin_fcntl(one.open(deploy(), O_RDWR), GetParam().wait, F_WRLCK);
  ASSERT_TRUE(becomes("deploy", "waiting", 1));
  const pid_t next = wait_behind("deploy", "next");
  end(holder);
  EXPECT_EQ(one.end(), 0);
  EXPECT_EQ(count("deploy", "waiting"), 1);
  one.kill();
  EXPECT_EQ(sandbox->wait_for(next), 0);
}

TEST_P(FcntlOfEachKind, AWaitEndsOnASignalOrIsRestartedInItsPlace) {
  const pid_t holder = hold("deploy");
  Locker one;
  const int a = one.open(deploy(), O_RDWR);
  one.begin_fcntl(a, GetParam().wait, F_WRLCK);
  ASSERT_TRUE(becomes("deploy", "waiting", 1));
  one.interrupt(false);
  EXPECT_EQ(one.end(), EINTR);
  EXPECT_TRUE(becomes("deploy", "waiting", 0));
  one.begin_fcntl(a, GetParam().wait, F_WRLCK);
  ASSERT_TRUE(becomes("deploy", "waiting", 1));
  const pid_t next = wait_behind("deploy", "next");
  for (int i = 0; i < 20; ++i) one.interrupt(true);
  ASSERT_TRUE(becomes("deploy", "waiting", 2));
  end(holder);
  EXPECT_EQ(one.end(), 0) << "it was overtaken";
  EXPECT_EQ(one.close(a), 0);
  EXPECT_EQ(sandbox->wait_for(next), 0);
}

TEST_P(FcntlOfEachKind, AKilledWaiterLeavesTheQueue) {
  const pid_t holder = hold("deploy");
  Locker one;
  one.begin_fcntl(one.open(deploy(), O_RDWR), GetParam().wait, F_WRLCK);
  ASSERT_TRUE(becomes("deploy", "waiting", 1));
  one.kill();
  EXPECT_TRUE(becomes("deploy", "waiting", 0));
  end(holder);
  EXPECT_EQ(sh("flock -w 20 $L/deploy true").status, 0);
}

// The kernel tells no process of an F_OFD_GETLK.
TEST_P(FcntlOfEachKind, GetNamesALiveHolder) {
  const bool names = GetParam().get == F_GETLK;
  Locker one;
  Locker two;
  const int a = one.open(deploy(), O_RDWR);
  const int b = two.open(deploy(), O_RDWR);
  EXPECT_EQ(two.ask(b, GetParam().get, F_WRLCK).l_type, F_UNLCK);
  EXPECT_EQ(one.fcntl(a, GetParam().set, F_RDLCK), 0);
  EXPECT_EQ(two.ask(b, GetParam().get, F_RDLCK).l_type, F_UNLCK);
  const struct flock held = two.ask(b, GetParam().get, F_WRLCK);
  EXPECT_EQ(held.l_type, F_RDLCK);
  EXPECT_EQ(held.l_pid, names ? one.pid() : -1);
  EXPECT_EQ(held.l_start, 0);
  EXPECT_EQ(held.l_len, 0);
  EXPECT_EQ(one.ask(a, GetParam().get, F_WRLCK).l_type, F_UNLCK) << "its own is not in its way";
  one.kill();
  const pid_t holder = hold("deploy");
  EXPECT_EQ(two.ask(b, GetParam().get, F_WRLCK).l_pid, names ? holder : -1);
}

TEST_P(FcntlOfEachKind, ConvertsWithoutLosingWhatItHas) {
  Locker one;
  Locker two;
  const int a = one.open(deploy(), O_RDWR);
  const int b = two.open(deploy(), O_RDWR);
  EXPECT_EQ(one.fcntl(a, GetParam().set, F_RDLCK), 0);
  EXPECT_EQ(two.fcntl(b, GetParam().set, F_RDLCK), 0);
  EXPECT_EQ(one.fcntl(a, GetParam().set, F_WRLCK), EAGAIN);
  EXPECT_EQ(count("deploy", "held"), 2);
  one.begin_fcntl(a, GetParam().wait, F_WRLCK);
  ASSERT_TRUE(becomes("deploy", "waiting", 1));
  EXPECT_EQ(count("deploy", "held"), 2);
  EXPECT_EQ(two.fcntl(b, GetParam().wait, F_WRLCK), EDEADLK);
  EXPECT_EQ(two.fcntl(b, GetParam().set, F_UNLCK), 0);
  EXPECT_EQ(one.end(), 0);
  EXPECT_EQ(holders(), line("fcntl ex", one.pid()));
  EXPECT_EQ(one.fcntl(a, GetParam().set, F_RDLCK), 0);
  EXPECT_EQ(two.fcntl(b, GetParam().set, F_RDLCK), 0);
}

TEST_P(FcntlOfEachKind, NeverBlocksItselfBesideFlock) {
  Locker one;
  const int a = one.open(deploy(), O_RDWR);
  EXPECT_EQ(one.flock(a, LOCK_EX | LOCK_NB), 0);
  EXPECT_EQ(one.fcntl(a, GetParam().set, F_WRLCK), 0);
  EXPECT_EQ(holders(), line("flock ex", one.pid()) + line("fcntl ex", one.pid()));
  EXPECT_EQ(one.flock(a, LOCK_UN), 0);
  EXPECT_EQ(one.flock(a, LOCK_EX | LOCK_NB), 0);
  const int b = one.open(deploy(), O_RDWR);
  EXPECT_EQ(one.flock(a, LOCK_UN), 0);
  EXPECT_EQ(one.flock(b, LOCK_EX | LOCK_NB), 0) << "through another descriptor";
  Locker two;
  EXPECT_EQ(two.fcntl(two.open(deploy(), O_RDWR), GetParam().set, F_RDLCK), EAGAIN);
}

TEST_P(FcntlOfEachKind, TakesOneUnitOfABoard) {
  Locker one;
  const int a = one.open(sandbox->path("burchtest"), O_RDWR);
  EXPECT_EQ(one.flock(a, LOCK_EX), 0);
  EXPECT_EQ(one.fcntl(a, GetParam().set, F_WRLCK), 0);
  EXPECT_EQ(count("burchtest", "free"), 2);
}

std::string name_of(const testing::TestParamInfo<Kind>& info) { return info.param.name; }
INSTANTIATE_TEST_SUITE_P(Kinds, FcntlOfEachKind, testing::ValuesIn(kinds), name_of);

TEST_F(Fcntl, OfAProcessGoesWithAnyCloseOfTheFile) {
  Locker one;
  const int a = one.open(deploy(), O_RDWR);
  const int b = one.open(deploy(), O_RDWR);
  EXPECT_EQ(one.fcntl(a, F_SETLK, F_WRLCK, 0, 1), 0);
  EXPECT_EQ(one.fcntl(b, F_SETLK, F_WRLCK, 1, 1), 0);
  EXPECT_EQ(count("deploy", "held"), 1);
  EXPECT_EQ(one.close(b), 0);
  EXPECT_EQ(count("deploy", "held"), 0);
}

TEST_F(Fcntl, OfAProcessStaysWhenAReadOnlyDescriptorIsClosed) {
  Locker one;
  const int a = one.open(deploy(), O_RDWR);
  const int b = one.open(deploy(), O_RDONLY);
  EXPECT_EQ(one.fcntl(a, F_SETLK, F_WRLCK), 0);
  EXPECT_EQ(one.close(b), 0);
  EXPECT_EQ(sh("flock -n $L/deploy true").status, 1);
}

TEST_F(Fcntl, OfAnOpenFileStaysWhenAnotherDescriptorIsClosed) {
  Locker one;
  const int a = one.open(deploy(), O_RDWR);
  const int b = one.open(deploy(), O_RDWR);
  EXPECT_EQ(one.fcntl(a, F_OFD_SETLK, F_WRLCK), 0);
  EXPECT_EQ(one.fcntl(b, F_OFD_SETLK, F_WRLCK), EAGAIN) << "each open is another owner";
  EXPECT_EQ(one.close(b), 0);
  EXPECT_EQ(holders(), line("fcntl ex", one.pid()));
}

TEST_F(Fcntl, OfAProcessIsNotItsChilds) {
  Locker one;
  const int a = one.open(deploy(), O_RDWR);
  EXPECT_EQ(one.fcntl(a, F_SETLK, F_WRLCK), 0);
  const pid_t child = one.fork();
  EXPECT_EQ(one.fcntl(a, F_SETLK, F_UNLCK), 0);
  EXPECT_EQ(count("deploy", "held"), 0);
  EXPECT_EQ(one.fcntl(a, F_SETLK, F_WRLCK), 0);
  one.kill();
  EXPECT_TRUE(becomes("deploy", "held", 0)) << "the child has the file open, but not the lock";
  ::kill(child, SIGKILL);
}

TEST_F(Fcntl, OfAnOpenFileIsItsChildsToo) {
  Locker one;
  const int a = one.open(deploy(), O_RDWR);
  EXPECT_EQ(one.fcntl(a, F_OFD_SETLK, F_WRLCK), 0);
  const pid_t child = one.fork();
  one.kill();
  EXPECT_EQ(sh("flock -n $L/deploy true").status, 1);
  ::kill(child, SIGKILL);
  EXPECT_TRUE(becomes("deploy", "held", 0));
}

TEST_F(Fcntl, IsBoundedInRanges) {
  Locker one;
  const int a = one.open(deploy(), O_RDWR);
  int error = 0;
  for (off_t at = 0; at < 20000 && error == 0; at += 2) {
    error = one.fcntl(a, F_SETLK, F_WRLCK, at, 1);
  }
  EXPECT_EQ(error, ENOLCK);
  EXPECT_EQ(one.fcntl(a, F_SETLK, F_UNLCK), 0);
  EXPECT_EQ(count("deploy", "held"), 0);
}

TEST_F(Fcntl, IsNotForOthersFiles) {
  Locker one;
  const int a = one.open(sandbox->path("status"), O_RDONLY);
  EXPECT_EQ(one.fcntl(a, F_SETLK, F_RDLCK), EOPNOTSUPP);
  EXPECT_EQ(one.fcntl(a, F_SETLK, F_UNLCK), 0);
}

TEST_F(Fcntl, FromPython) {
  EXPECT_THAT(sh("python3 -c 'import fcntl,os,subprocess,sys\n"
                 "f=open(sys.argv[1],\"r+\")\n"
                 "fcntl.lockf(f,fcntl.LOCK_EX|fcntl.LOCK_NB)\n"
                 "print(open(sys.argv[2]).read(),end=\"\")\n"
                 "print(subprocess.call([\"flock\",\"-n\",sys.argv[1],\"true\"]))\n"
                 "fcntl.lockf(f,fcntl.LOCK_UN)\n"
                 "print(subprocess.call([\"flock\",\"-n\",sys.argv[1],\"true\"]))\n"
                 "fcntl.lockf(f,fcntl.LOCK_SH); print(\"shared\")' $L/deploy $L/.mine/deploy"),
              Gives(0, "deploy\n1\n0\nshared\n"));
}

TEST_F(Fcntl, FromPerl) {
  EXPECT_THAT(sh("perl -e 'use Fcntl; open(my $f, \"+<\", $ARGV[0]) or die; "
                 "my $l = pack(\"s s x![q] q q i x4\", F_WRLCK, 0, 0, 0, 0); "
                 "fcntl($f, F_SETLKW, $l) or die $!; "
                 "print system(\"flock\", \"-n\", $ARGV[0], \"true\") >> 8, \"\\n\"' $L/deploy"),
              Gives(0, "1\n"));
}

TEST_F(Fcntl, MineIsAnsweredToTheHolderAndItsChildren) {
  EXPECT_THAT(sh("python3 -c 'import fcntl,os,subprocess,sys\n"
                 "f=open(sys.argv[1],\"r+\"); fcntl.lockf(f,fcntl.LOCK_EX)\n"
                 "sys.stdout.flush(); subprocess.call([\"cat\",sys.argv[2]])' "
                 "$L/burchtest $L/.mine/burchtest; cat $L/.mine/burchtest 2>&1"),
              Gives(1, testing::MatchesRegex("192[.]168[.]124[.]51\ncat: .*: No such.*\n")));
}

// A shell redirection that writes makes every command it runs send a FLUSH: of nobody's locks.
TEST_F(Fcntl, AChildsEndDoesNotTouchTheParentsFlock) {
  EXPECT_THAT(sh("exec 9>$L/deploy; flock 9; for i in 1 2 3; do true; /bin/true; done; "
                 "flock -n $L/deploy true; echo $?"),
              Gives(0, "1\n"));
}

TEST_F(Fcntl, APidFileIsLockedByBothDoors) {
  Locker one;
  const int a = one.open(sandbox->path("new"), O_RDWR | O_CREAT | O_TRUNC);
  EXPECT_EQ(one.fcntl(a, F_SETLK, F_WRLCK), 0);
  EXPECT_EQ(one.write(a, std::to_string(one.pid()) + "\n"), 0);
  EXPECT_THAT(sh("ls $L").out, HasSubstr("new"));
  one.kill();
  EXPECT_TRUE(wait_until([&] { return sh("ls $L | grep -x new").status == 1; }));
}

}  // namespace
}  // namespace lockfs::test

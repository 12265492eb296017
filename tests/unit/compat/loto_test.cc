// loto on plain files, and on a folder that looks like a mount.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>

#include <csignal>
#include <cstdlib>

#include "fs/descriptor.h"
#include "tests/unit/compat/ran.h"
#include "tests/unit/tools/lockctl_mount.h"
#include "tools/compat/loto_locks.h"

namespace lockfs::compat {
namespace {

using ::testing::HasSubstr;

class Loto : public ::testing::Test {
 protected:
  Loto() { ::setenv("LOCKFS_MOUNT", mount_.path().c_str(), 1); }
  ~Loto() override { ::unsetenv("LOCKFS_MOUNT"); }

  Descriptor hold(const std::string& name) {
    Descriptor fd(::open(mount_.path(name).c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, 0666));
    EXPECT_EQ(::flock(fd.get(), LOCK_EX | LOCK_NB), 0);
    return fd;
  }
  static Ran loto(std::vector<std::string> options, std::vector<std::string> command = {"true"}) {
    options.emplace_back("--");
    options.insert(options.end(), command.begin(), command.end());
    return run(loto_program, options);
  }

  const FakeMount mount_;
};

TEST_F(Loto, RunsTheCommandUnderTheLock) {
  const std::string busy = "flock -n -E 9 '" + mount_.path("cpu") + "' true";
  EXPECT_EQ(loto({"-L=cpu"}, {"sh", "-c", busy}).status, 9);
  EXPECT_EQ(loto({"-L", "cpu"}, {"sh", "-c", busy}).status, 9);
  EXPECT_EQ(loto({"-L=" + mount_.path("cpu")}, {"sh", "-c", busy}).status, 9);
  EXPECT_EQ(loto({"-L=cpu"}, {"true"}).status, 0);
}

TEST_F(Loto, LeavesNothingToSayWhenAllIsWell) {
  const Ran ran = loto({"-L=cpu"}, {"sh", "-c", "exit 3"});
  EXPECT_EQ(ran.status, 3);
  EXPECT_EQ(ran.out + ran.err, "");
}

TEST_F(Loto, GivesUpAtOnceWhichIsNotTragic) {
  const auto held = hold("cpu");
  Ran ran = loto({"-L=cpu"}, {"sh", "-c", "exit 3"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.err, "loto: " + mount_.path("cpu") + " is busy; the command was not run\n");
  ran = loto({"-q", "-L=cpu"}, {"sh", "-c", "exit 3"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.err, "");
}

TEST_F(Loto, WaitsSoLongAndNotLonger) {
  const auto held = hold("cpu");
  const Ran ran = loto({"-t=0.05", "-L=cpu"}, {"sh", "-c", "exit 3"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.err, HasSubstr("is busy; the command was not run"));
  EXPECT_EQ(loto({"-t", "0", "-L", "cpu"}, {"sh", "-c", "exit 3"}).status, 0);
}

TEST_F(Loto, SaysItsPlayByPlay) {
  EXPECT_EQ(loto({"-v", "-L=cpu"}, {"sh", "-c", "exit 3"}).err,
            "loto: locking " + mount_.path("cpu") + "\nloto: locked " + mount_.path("cpu") +
                "; running sh -c exit 3\nloto: the command ended with status 3\n");
}

TEST_F(Loto, FailureToRunIsTragic) {
  EXPECT_EQ(loto({"-L=cpu"}, {"/nowhere/cmd"}).status, 69);
  EXPECT_EQ(loto({"-L=/nowhere/lock"}).status, 66);
  EXPECT_EQ(loto({"-L=" + std::string(300, 'x')}).status, 64);
  EXPECT_EQ(loto({}).status, 64);
  EXPECT_EQ(loto({"-L="}).status, 64);
  EXPECT_EQ(loto({"-L=cpu", "-t=x"}).status, 64);
  EXPECT_EQ(run(loto_program, {"-L=cpu"}).status, 64);
  EXPECT_EQ(run(loto_program, {"-L=cpu", "-x", "--", "true"}).status, 64);
}

TEST_F(Loto, TakesSeveralLocksOfTheMountTogether) {
  const Ran ran = loto({"-v", "-L=cpu", "-L=" + mount_.path("net"), "-L=cpu"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.err, HasSubstr("loto: locked " + mount_.path("cpu+net") + ";"));
}

TEST_F(Loto, WarnsAndTakesTheLastOfOthers) {
  const FakeMount elsewhere;
  const std::string other = elsewhere.path("lock");
  const auto held = hold("cpu");
  const Ran ran = loto({"-L=cpu", "-L=" + other}, {"sh", "-c", "exit 3"});
  EXPECT_EQ(ran.status, 3);
  EXPECT_EQ(ran.err, "loto: several locks that are not all of one lockfs mount: only the last, " +
                         other + ", is taken\n");
  // A choice cannot be one of a sum.
  EXPECT_EQ(loto({"-L=a,b", "-L=net"}, {"sh", "-c", "exit 3"}).status, 3);
}

TEST_F(Loto, WorksOnAFolderToo) {
  EXPECT_EQ(loto({"-L=" + mount_.path(".json")}, {"sh", "-c", "exit 3"}).status, 3);
}

TEST_F(Loto, MakesNoFileInAFolderThatIsNoMount) {
  std::filesystem::remove(mount_.path(".ctl"));
  const Ran ran = loto({"-L=cpu"});
  EXPECT_EQ(ran.status, 66);
  EXPECT_EQ(ran.err, "loto: " + mount_.path() + " is not a lockfs mount\n");
  EXPECT_FALSE(std::filesystem::exists(mount_.path("cpu")));
  // A path needs none.
  EXPECT_EQ(loto({"-L=" + mount_.path("file")}, {"sh", "-c", "exit 3"}).status, 3);
}

TEST(LotoFile, IsTheOriginalsWhereThereIsNoMount) {
  EXPECT_EQ(loto_file("cpu", std::nullopt)->path, "/var/lock/loto.cpu");
  EXPECT_EQ(loto_file("cpu", "/mnt/locks")->path, "/mnt/locks/cpu");
  EXPECT_EQ(loto_file("cpu+net", "/mnt/locks")->path, "/mnt/locks/cpu+net");
  EXPECT_EQ(loto_file("/tmp/x", "/mnt/locks")->mount, "");
  EXPECT_FALSE(loto_file("a b", "/mnt/locks"));
}

}  // namespace
}  // namespace lockfs::compat

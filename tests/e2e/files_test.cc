// The files themselves: what ls, cat, stat, rm, touch and the like make of them.
#include <nlohmann/json.hpp>

#include "tests/harness/mount_test.h"

namespace lockfs::test {
namespace {

constexpr const char* files_config =
    "[board]\naddress = 10.0.0.1\naddress = 10.0.0.2\n[deploy]\n[guarded]\ngroup = root\n";

class Files : public MountTest {
 protected:
  void SetUp() override { mount(files_config); }
};

TEST_F(Files, ListsLocksAndStatusAndNothingElse) {
  EXPECT_EQ(sh("ls -a $L").out, ".\n..\nboard\ndeploy\nguarded\nstatus\nstatus.json\n");
  hold("dynamic_one");
  EXPECT_EQ(sh("ls $L").out, "board\ndeploy\ndynamic_one\nguarded\nstatus\nstatus.json\n");
}

TEST_F(Files, ADynamicLockGoesWithItsLastUser) {
  EXPECT_EQ(sh("flock $L/fresh true").status, 0);
  EXPECT_TRUE(wait_until([&] { return sh("ls $L | grep fresh").status == 1; }));
  EXPECT_NE(sh("cat $L/fresh").out.find("No such file"), std::string::npos);
}

TEST_F(Files, StatusHasItsColumns) {
  EXPECT_EQ(sh("head -1 $L/status | tr -s ' '").out,
            "LOCK UNIT STATE MODE USER HOST PID VIA SINCE TOKEN NOTE COMMAND\n");
  const pid_t holder = hold("deploy");
  EXPECT_EQ(sh("awk '$1 == \"deploy\" {print $2, $3, $4, $5, $6, $7, $8, $11}' $L/status").out,
            "deploy held ex root - " + std::to_string(holder) + " flock -\n");
  EXPECT_EQ(sh("cat $L/deploy | wc -l").out, "2\n");
}

TEST_F(Files, JsonAgreesWithTheTable) {
  const pid_t holder = hold("deploy");
  const auto lock = nlohmann::json::parse(sh("cat $L/.json/deploy").out);
  EXPECT_EQ(lock["name"], "deploy");
  EXPECT_EQ(lock["units"][0]["holders"][0]["pid"], holder);
  const auto all = nlohmann::json::parse(sh("cat $L/status.json").out);
  EXPECT_EQ(all["locks"].size(), 3U);
  EXPECT_EQ(all["locks"][1]["name"], "deploy");
}

TEST_F(Files, MineIsWhatTheReaderOrItsAncestorsHold) {
  EXPECT_EQ(sh("flock $L/board sh -c 'cat $L/.mine/board'").out, "10.0.0.1\n");
  EXPECT_EQ(sh("( flock -n 9; sh -c 'cat $L/.mine/board' ) 9>$L/board").out, "10.0.0.2\n");
  EXPECT_NE(sh("cat $L/.mine/board").out.find("No such file"), std::string::npos);
  hold("deploy");
  EXPECT_NE(sh("cat $L/.mine/deploy").out.find("No such file"), std::string::npos);
}

TEST_F(Files, HaveModesGroupsAndTimes) {
  EXPECT_EQ(sh("stat -c '%A %U %G' $L/deploy $L/guarded").out,
            "-rw-rw-rw- root root\n-rw-rw-r-- root root\n");
  EXPECT_EQ(sh("touch -d '1 hour ago' $D/before; flock $L/deploy true; [ $L/deploy -nt $D/before ]")
                .status,
            0);
}

TEST_F(Files, AnOpenViewIsOneSnapshotOfItsTrueSize) {
  EXPECT_EQ(
      sh("exec 9<$L/status; s=$(stat -Lc %s /proc/self/fd/9); n=$(cat <&9 | wc -c); [ $s = $n ]")
          .status,
      0);
  EXPECT_EQ(sh("[ $(wc -c < $L/status) = $(cat $L/status | wc -c) ] && tail -1 $L/status | grep -q "
               "guarded")
                .status,
            0);
}

TEST_F(Files, PidFileWritersAndTouchWork) {
  EXPECT_EQ(sh("touch $L/deploy && truncate -s 0 $L/deploy && truncate -s 100 $L/deploy && "
               "exec 9<>$L/deploy && flock 9 && echo $$ >&9 && head -1 <&9 | grep -q LOCK")
                .status,
            0);
}

TEST_F(Files, WhatCannotBeDoneFailsPlainly) {
  for (const char* command : {"mv $L/deploy $L/x", "ln $L/deploy $L/x", "ln -s a $L/x",
                              "mkdir $L/x", "chmod 600 $L/deploy", "chown 1 $L/deploy",
                              "rm $L/deploy", "rm $L/status", "rmdir $L/.json", "mknod $L/x p"}) {
    const Ran ran = sh(command);
    EXPECT_NE(ran.status, 0) << command;
    EXPECT_TRUE(ran.out.find("not permitted") != std::string::npos ||
                ran.out.find("busy") != std::string::npos)
        << command << ": " << ran.out;
  }
  EXPECT_EQ(sh("ls $L").out, "board\ndeploy\nguarded\nstatus\nstatus.json\n");
}

TEST_F(Files, OnlyAnIdleDynamicLockCanBeRemoved) {
  EXPECT_EQ(sh("echo create idle > $L/.ctl && rm $L/idle && ! ls $L | grep idle").status, 0);
  hold("busy_one");
  EXPECT_NE(sh("rm $L/busy_one").out.find("busy"), std::string::npos);
}

TEST_F(Files, UnknownAndBadNames) {
  EXPECT_NE(sh("cat $L/nothing").out.find("No such file"), std::string::npos);
  EXPECT_NE(sh("flock '$L/a b' true").status, 0);
  EXPECT_NE(sh("echo > \"$L/.hidden\"").out.find("Invalid argument"), std::string::npos);
  EXPECT_NE(sh("flock $L/$(printf 'x%.0s' $(seq 101)) true").status, 0);
  EXPECT_EQ(sh("flock $L/$(printf 'x%.0s' $(seq 100)) true").status, 0);
}

}  // namespace
}  // namespace lockfs::test

// A file of every kind that is open while the daemon writes snapshots and is killed: each can be
// read on, and what is held stays held.
#include <fstream>

#include "tests/e2e/served_test.h"

namespace lockfs::test {
namespace {

using OpenFiles = ServedTest;

constexpr const char* reader_script = R"(
import fcntl, os, time
mount, folder = os.environ["L"], os.environ["D"]
def open_file(name, flags=os.O_RDONLY):
    return os.open(mount + "/" + name, flags)
texts = [open_file(name) for name in
         ("status", "status.json", ".events", ".metrics", ".json/s3esk", ".status.html")]
folders = [open_file(name) for name in ("", ".hold", ".json", ".mine")]
control = open_file(".ctl", os.O_RDWR)
hold = open_file(".hold/deploy", os.O_RDWR)
either = open_file("burchtest,licence")
fcntl.flock(either, fcntl.LOCK_EX)
texts.append(open_file(".mine/burchtest,licence"))
open(folder + "/ready", "w").close()
while not os.path.exists(folder + "/go"):
    time.sleep(0.05)
for text in texts:
    assert os.read(text, 100)
assert "status" in os.listdir(folders[0])
os.write(control, b"create made")
assert os.read(control, 100).startswith(b"ok")
assert os.read(hold, 100) == b"deploy\n"
)";

TEST_F(OpenFiles, OfEveryKindOutliveSnapshotsAndKills) {
  std::ofstream(sandbox->folder() + "/reader.py") << reader_script;
  const pid_t reader = sandbox->start_sh("exec python3 $D/reader.py");
  ASSERT_TRUE(wait_until([&] { return sh("test -e $D/ready").status == 0; }));
  for (const bool kill : {true, false, true}) {
    // More than the journal takes before it begins anew with a snapshot.
    ASSERT_NO_FATAL_FAILURE(lock("s3esk", 3000));
    const pid_t worker = sandbox->worker();
    if (kill) {
      sandbox->kill(worker);
    } else {
      EXPECT_EQ(sh(LOCKCTL_PROGRAM " upgrade").status, 0);
    }
    ASSERT_TRUE(wait_until([&] { return sandbox->has_another_worker(worker); }));
  }
  EXPECT_EQ(count("burchtest", "held"), 1);
  EXPECT_EQ(count("deploy", "held"), 1);
  EXPECT_EQ(sh("touch $D/go").status, 0);
  EXPECT_EQ(sandbox->wait_for(reader), 0);
  EXPECT_EQ(sh("test -e $L/made").status, 0);
  EXPECT_EQ(count("burchtest", "held"), 0);
}

}  // namespace
}  // namespace lockfs::test

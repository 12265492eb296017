// lockctl events and lockctl history, on files that look like a mount's.
#include <gmock/gmock.h>

#include "tests/unit/tools/lockctl_mount.h"

namespace lockfs {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string granted =
    R"({"position":1,"time":"2026-11-21T10:04:02.000000+00:00","event":"granted","lock":"s3esk",)"
    R"("units":[{"lock":"s3esk","unit":"10.0.0.1"},{"lock":"licence","unit":"1"}],"mode":"ex",)"
    R"("via":"flock","uid":1001,"user":"jack","pid":4711,"token":91,"seconds":2.5})";
const std::string broken =
    R"({"position":2,"time":"2026-11-21T11:00:00.000000+00:00","event":"broken","lock":"deploy",)"
    R"("units":[{"lock":"deploy","unit":"deploy"}],"mode":"sh","uid":1002,"user":"jill","pid":9,)"
    R"("by":{"uid":0,"user":"root"},"token":92,"words":"hung\u001b[31m","seconds":60})";
const std::string command =
    R"({"position":3,"time":"2026-11-21T12:00:00.000000+00:00","event":"command","uid":0,)"
    R"("user":"root","pid":5,"command":"create x","code":"ok","answer":"made lock x"})";

std::string start(const std::string& history) {
  return R"({"event":"start","position":1,"history":)" + history + "}\n";
}
// A plain file has no positions: reading from 1 on leaves out a byte.
std::string from_one(const std::string& text) { return " " + text; }

TEST(LockctlEvents, PrintsALineForEach) {
  const FakeMount mount;
  mount.write(".events", start("null") + granted + "\n" + broken + "\n" + command + "\n");
  const Said said = mount({"events"});
  EXPECT_EQ(said.status, 0);
  EXPECT_EQ(said.out,
            "TIME                 EVENT       LOCK          UNIT             MODE  USER      PID   "
            "   TOKEN   DETAILS\n"
            "2026-11-21T10:04:02  granted     s3esk         10.0.0.1,licence@1  ex    jack      "
            "4711     91      waited 2.500 s\n"
            "2026-11-21T11:00:00  broken      deploy        deploy           sh    jill      9     "
            "   92      hung\\033[31m; by root; held 60.000 s\n"
            "2026-11-21T12:00:00  command     -             -                -     root      5     "
            "   -       create x: ok made lock x\n");
}

TEST(LockctlEvents, PrintsTheLinesAsTheyAre) {
  const FakeMount mount;
  mount.write(".events", start("null") + granted + "\n" + broken + "\n");
  EXPECT_EQ(mount({"events", "--json", "licence"}).out, granted + "\n");
  EXPECT_EQ(mount({"events", "--json", "--user", "root"}).out, broken + "\n");
  EXPECT_EQ(mount({"events", "--json", "--user", "1002"}).out, broken + "\n");
  EXPECT_EQ(mount({"events", "--json", "--user", "nobody"}).out, "");
}

TEST(LockctlEvents, PrintsNoneOfWhatIsNone) {
  const FakeMount mount;
  mount.write(".events", "garbage\n[1]\n{\"units\":[7],\"event\":5}\n\n" + granted);
  EXPECT_EQ(mount({"events", "s3esk"}).out, "");
  EXPECT_EQ(mount({"events", "--json"}).out, "{\"units\":[7],\"event\":5}\n");
}

TEST(LockctlHistory, ReadsTheFilesAndWhatIsTooNewForThem) {
  const FakeMount mount;
  mount.write("history.1.json", granted + "\n");
  mount.write("history.json", broken + "\n" + broken + "\n");
  mount.write(".events", from_one(start("\"" + mount.path("history.json") + "\"") + granted + "\n" +
                                  broken + "\n" + command + "\n"));
  const Said said = mount({"history", "--json"});
  EXPECT_EQ(said.out, granted + "\n" + broken + "\n" + command + "\n");
  EXPECT_EQ(said.err, "");
  EXPECT_EQ(mount({"history", "--json", "--since", "2026-11-21T11:30:00Z"}).out, command + "\n");
  EXPECT_EQ(mount({"history", "--json", "deploy"}).out, broken + "\n");
}

TEST(LockctlHistory, SaysThatThereIsNone) {
  const FakeMount mount;
  mount.write(".events", from_one(start("null") + granted + "\n"));
  const Said said = mount({"history"});
  EXPECT_EQ(said.status, 0);
  EXPECT_THAT(said.err, HasSubstr("no history is kept"));
  EXPECT_THAT(said.out, HasSubstr("granted"));
}

TEST(LockctlHistory, SaysWhatCannotBeRead) {
  const FakeMount mount;
  mount.write(".events", from_one(start("\"/proc/none\"")));
  const Said said = mount({"history"});
  EXPECT_EQ(said.status, 66);
  EXPECT_EQ(said.err, "lockctl: cannot read the history /proc/none: No such file or directory\n");
  EXPECT_EQ(mount({"history", "--since", "noon"}).status, 64);
}

}  // namespace
}  // namespace lockfs

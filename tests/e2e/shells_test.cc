// Locking through descriptors as bash and dash do it, each in its own way of reading and writing.
#include "tests/e2e/served_test.h"

namespace lockfs::test {
namespace {

using testing::HasSubstr;

class Shells : public ServedTest, public testing::WithParamInterface<const char*> {
 protected:
  // The script must do without single quotes.
  Ran script(const std::string& text) { return sh(std::string(GetParam()) + " -c '" + text + "'"); }
};

INSTANTIATE_TEST_SUITE_P(Of, Shells, testing::Values("bash", "dash"),
                         [](const auto& given) { return std::string(given.param); });

TEST_P(Shells, ADescriptorHoldsUntilItIsClosed) {
  for (const std::string redirection : {"9<", "9>", "9<>", "9>>"}) {
    for (const std::string name : {"deploy", "s3esk"}) {
      EXPECT_THAT(script("exec " + redirection + "$L/" + name + "; flock 9; flock -n $L/" + name +
                         " true; echo $?; exec 9>&-; flock -n $L/" + name + " true; echo $?"),
                  Gives(0, "1\n0\n"))
          << redirection << name;
    }
  }
}

TEST_P(Shells, ADescriptorMakesADynamicLock) {
  for (const std::string redirection : {"9>", "9<>", "9>>"}) {
    EXPECT_THAT(
        script("exec " + redirection + "$L/fresh; flock 9; flock -n $L/fresh true; echo $?"),
        Gives(0, "1\n"))
        << redirection;
  }
  EXPECT_TRUE(wait_until([&] { return sh("test -e $L/fresh").status == 1; }));
  EXPECT_THAT(script("exec 9<$L/fresh"),
              FailsWith(GetParam() == std::string("bash") ? "No such file" : "cannot open"));
}

TEST_P(Shells, TheSubshellFormExcludes) {
  EXPECT_THAT(
      script("( flock -n 9 || exit 1; echo in; flock -n $L/deploy true; echo $? ) 9>$L/deploy"),
      Gives(0, "in\n1\n"));
  hold("deploy");
  EXPECT_THAT(script("( flock -n 9 || exit 3; echo in ) 9>$L/deploy"), Gives(3, ""));
  EXPECT_THAT(script("( flock -w 0.1 -E 4 9 || exit $?; echo in ) 9>$L/deploy"), Gives(4, ""));
}

TEST_P(Shells, ReadsLineByLine) {
  EXPECT_THAT(
      script("{ read -r header rest; read -r first rest; read -r second rest; } <$L/status; "
             "echo $header $first $second"),
      Gives(0, "LOCK burchtest burchtest\n"));
}

TEST_P(Shells, ReadsFromTheStartWhatItWrote) {
  EXPECT_THAT(script("exec 9<>$L/deploy; flock 9; echo $$ >&9; read -r word rest <&9; echo $word"),
              Gives(0, "LOCK\n"));
}

TEST_P(Shells, SeesItsUnitsInMine) {
  EXPECT_THAT(script("( flock 9; cat $L/.mine/s3esk ) 9>$L/s3esk"), Gives(0, "10.0.0.1\n"));
  EXPECT_THAT(script("exec 9<$L/s3esk; flock 9; read -r unit <$L/.mine/s3esk; echo $unit"),
              Gives(0, "10.0.0.1\n"));
  EXPECT_THAT(sh("cat $L/.mine/s3esk"), FailsWith("No such file"));
}

TEST_P(Shells, EchoFailsWithTheCommand) {
  EXPECT_THAT(script("echo reload > $L/.ctl"), Gives(0, ""));
  EXPECT_THAT(script("echo nonsense > $L/.ctl"), Gives(1, HasSubstr("echo")));
  EXPECT_THAT(script("exec 9<>$L/.ctl; echo nonsense 2>/dev/null >&9; echo $?; cat <&9"),
              Gives(0, HasSubstr("1\nsyntax there is no such command")));
  EXPECT_THAT(script("exec 9<>$L/.ctl; echo reload >&9; read -r code words <&9; echo $code"),
              Gives(0, "ok\n"));
}

TEST_P(Shells, ABackgroundCommandKeepsTheLock) {
  const pid_t shell = sandbox->start_sh(std::string("exec ") + GetParam() +
                                        " -c 'exec 9>$L/deploy; flock 9; sleep 1000 & exit 0'");
  EXPECT_EQ(sandbox->wait_for(shell), 0);
  EXPECT_EQ(count("deploy", "held"), 1);
  end(shell);
  EXPECT_TRUE(becomes("deploy", "free", 1));
}

}  // namespace
}  // namespace lockfs::test

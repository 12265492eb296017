// The older systems' command lines, as Getopt::Long reads them; uriexec.
#include <gmock/gmock.h>

#include "tests/unit/compat/forked.h"
#include "tests/unit/compat/ran.h"
#include "tools/compat/signal_name.h"
#include "tools/compat/uri.h"

namespace lockfs::compat {
namespace {

using ::testing::HasSubstr;

TEST(CompatLine, TakesOneDashOrTwoAndShortenedNames) {
  for (const char* option : {"--show", "-show", "--sho", "-sho"}) {
    EXPECT_EQ(run(uriexec_program, {option, "a%20b"}).out,
              "shell {1{ /bin/sh -c }1}\ncmd   {1{ a b }1}\n")
        << option;
  }
  EXPECT_EQ(run(uriexec_program, {"--s", "x"}).status, 255);  // show or shell
}

TEST(CompatLine, LeavesTheCommandItsOptions) {
  EXPECT_THAT(run(uriexec_program, {"--show", "ls", "--help"}).out, HasSubstr("{1{ ls --help }1}"));
  EXPECT_THAT(run(uriexec_program, {"--show", "--", "--help"}).out, HasSubstr("{1{ --help }1}"));
}

TEST(CompatLine, SaysWhatItDoesNotKnow) {
  const Ran ran = run(uriexec_program, {"--nothing", "x"});
  EXPECT_EQ(ran.status, 255);
  EXPECT_EQ(ran.err, "uriexec: there is no option --nothing; see 'uriexec --help'\n");
  EXPECT_EQ(run(uriexec_program, {"--cd"}).err,
            "uriexec: the value of --cd is missing; see 'uriexec --help'\n");
}

TEST(CompatLine, HelpsOnStandardOutput) {
  const Ran ran = run(uriexec_program, {"--help"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.out, HasSubstr("Usage: uriexec [OPTIONS] COMMAND...\n"));
  EXPECT_THAT(ran.out, HasSubstr("  --[no]show "));
  EXPECT_EQ(run(uriexec_program, {"--version"}).status, 0);
}

TEST(Uri, IsDecodedOnce) {
  EXPECT_EQ(uri_decode("a+b%20c%2525%2B"), "a b c%25+");
  EXPECT_EQ(uri_decode("%"), "%");
  EXPECT_EQ(uri_decode("%4"), "%4");
  EXPECT_EQ(uri_decode("%zz%-1% 1%41"), "%zz%-1% 1A");
}

TEST(Uri, IsShownWithItsLevels) {
  EXPECT_EQ(uri_show("uriexec+echo%2520x"), "{1{ uriexec {2{ echo x }2} }1}");
  EXPECT_EQ(uri_show("myuriexec+x"), "{1{ myuriexec x }1}");
}

TEST(Uriexec, RunsWhatItDecodes) {
  EXPECT_EQ(Forked(uriexec_program, {"echo", "%24%28%28 6 * 7 %29%29"}).line(), "42");
  EXPECT_EQ(Forked(uriexec_program, {"exit%20", "9"}).wait(), 9);
  EXPECT_EQ(Forked(uriexec_program, {"kill+-TERM+$$"}).wait(), 128 + SIGTERM);
  EXPECT_EQ(Forked(uriexec_program, {"--cd", "%2Fusr", "pwd"}).line(), "/usr");
  EXPECT_EQ(Forked(uriexec_program, {"--shell", "/bin/echo+shell", "x"}).line(), "shell x");
}

TEST(Uriexec, SaysWhyNot) {
  EXPECT_EQ(run(uriexec_program, {}).status, 255);
  EXPECT_EQ(run(uriexec_program, {"--cd", "/nowhere", "true"}).status, ENOENT);
  EXPECT_EQ(run(uriexec_program, {"--shell", "/nowhere/sh", "true"}).err,
            "uriexec: /nowhere/sh cannot be run: No such file or directory\n");
  EXPECT_EQ(run(uriexec_program, {"echo%00"}).status, 255);
}

TEST(SignalName, IsANameOrANumber) {
  for (const char* name : {"HUP", "SIGHUP", "-HUP", "-SIGHUP", "1", "-1"}) {
    EXPECT_EQ(signal_number(name), SIGHUP) << name;
  }
  for (const char* name : {"", "-", "SIG", "hup", "0", "99", "HUPS"}) {
    EXPECT_EQ(signal_number(name), std::nullopt) << name;
  }
}

}  // namespace
}  // namespace lockfs::compat

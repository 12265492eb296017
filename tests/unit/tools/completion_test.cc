// The completion of lockctl's command lines, asked as bash asks it.
#include "tools/completion.h"

#include <gtest/gtest.h>

#include <cstdio>

#include "tests/unit/tools/lockctl_mount.h"

namespace lockfs {
namespace {

std::string output_of(const std::string& command) {
  FILE* const pipe = ::popen(command.c_str(), "r");
  std::string text;
  char chunk[4096];
  while (const auto got = std::fread(chunk, 1, sizeof chunk, pipe)) text.append(chunk, got);
  EXPECT_EQ(::pclose(pipe), 0) << command;
  return text;
}

class Completion : public ::testing::Test {
 protected:
  Completion() {
    folder_.write("lockctl.bash", bash_completion());
    folder_.write("status",
                  "LOCK       UNIT            STATE\n"
                  "burchtest  192.168.124.51  held\n"
                  "burchtest  192.168.124.51  held\n"
                  "burchtest  192.168.124.53  free\n"
                  "burchtest  -               waiting\n"
                  "deploy     deploy          free\n"
                  "rig        /dev/$x         free\n");
    // Bash breaks words at white space and at these; so do we, as far as the tests go.
    folder_.write("ask", R"(
      . "$D/lockctl.bash"
      lockctl() { echo "$*" > "$D/asked"; cat "$D/status"; }
      COMP_LINE=$1 COMP_POINT=${#1}
      COMP_WORDBREAKS=$' \t\n"\'@><=;|&(:'
      read -ra COMP_WORDS <<<"${1//@/ @ }"
      COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
      _lockctl
      echo "${COMPREPLY[*]}"
    )");
  }

  // What is offered to stand in place of the line's last piece.
  std::string offered(const std::string& line) {
    auto text = output_of("cd " + folder_.path() + " && D=. bash ask 'lockctl " + line + "' 2>&1");
    return text.substr(0, text.find_last_not_of('\n') + 1);
  }

  const FakeMount folder_;
};

TEST_F(Completion, IsAScriptThatShellcheckLikes) {
  EXPECT_EQ(output_of("shellcheck -s bash " + folder_.path("lockctl.bash") + " 2>&1"), "");
  EXPECT_EQ(say({"completion"}).out, bash_completion());
}

TEST_F(Completion, KnowsEveryCommand) {
  std::string all;
  for (const auto& form : lockctl_commands()) {
    all += (all.empty() ? "" : " ") + std::string(form.name);
  }
  EXPECT_EQ(offered(""), all);
  EXPECT_EQ(offered("check"), "check-config");
  EXPECT_EQ(offered("--mount /x undr"), "undrain");
}

TEST_F(Completion, KnowsOptions) {
  EXPECT_EQ(offered("--v"), "--version");
  EXPECT_EQ(offered("run --no"), "--nonblock --note");
  EXPECT_EQ(offered("run -n -w 3 --on"), "--on-break");
  EXPECT_EQ(offered("run --on-break USR"), "USR1 USR2");
  EXPECT_EQ(offered("run -E "), "");
  EXPECT_EQ(offered("status -"), "--json --mount -h --help");
}

TEST_F(Completion, KnowsLocksAndUnits) {
  EXPECT_EQ(offered("show "), "burchtest deploy rig");
  EXPECT_EQ(folder_.read("asked"), "status\n");
  EXPECT_EQ(offered("show d"), "deploy");
  EXPECT_EQ(offered("show burchtest "), "");
  EXPECT_EQ(offered("break b"), "burchtest burchtest@192.168.124.51 burchtest@192.168.124.53");
  EXPECT_EQ(offered("offline b"), "burchtest@192.168.124.51 burchtest@192.168.124.53");
  EXPECT_EQ(offered("offline burchtest@"), "@192.168.124.51 @192.168.124.53");
  EXPECT_EQ(offered("offline burchtest@192.168.124.53"), "@192.168.124.53");
  EXPECT_EQ(offered("offline rig@"), "@/dev/\\$x");
}

TEST_F(Completion, AsksTheMountThatTheLineNames) {
  EXPECT_EQ(offered("--mount /x show d"), "deploy");
  EXPECT_EQ(folder_.read("asked"), "status --mount /x\n");
  EXPECT_EQ(offered("show --mount=/y d"), "deploy");
  EXPECT_EQ(folder_.read("asked"), "status --mount /y\n");
}

TEST_F(Completion, KnowsExpressions) {
  EXPECT_EQ(offered("run d"), "deploy");
  EXPECT_EQ(offered("run rig+d"), "rig+deploy");
  EXPECT_EQ(offered("run rig,burchtest@"), "@192.168.124.51 @192.168.124.53");
  EXPECT_EQ(offered("run rig=s"), "shared");
  EXPECT_EQ(offered("run deploy d"), "deploy");
}

TEST_F(Completion, KnowsFilesAndLevels) {
  EXPECT_EQ(offered("check-config lockctl.b"), "lockctl.bash");
  EXPECT_EQ(offered("loglevel d"), "debug");
  EXPECT_EQ(offered("status --mount .js"), ".json");
}

TEST_F(Completion, KnowsTheCommandToRun) {
  EXPECT_EQ(offered("run deploy -- shopt"), "shopt");
  EXPECT_EQ(offered("run deploy -- cat lockctl.b"), "lockctl.bash");
}

}  // namespace
}  // namespace lockfs

// mutexdaemon's query, and what its reload is.
#include <gmock/gmock.h>

#include "tests/unit/compat/ran.h"
#include "tests/unit/tools/lockctl_mount.h"
#include "tools/compat/boards.h"

namespace lockfs::compat {
namespace {

std::string unit(const std::string& name, const std::string& state, const std::string& holders) {
  return R"({"name": ")" + name + R"(", "state": ")" + state +
         R"(", "since": "2026-11-20T17:00:00+01:00", "holders": [)" + holders + "]}";
}

std::string status(const std::string& locks) { return R"({"locks": [)" + locks + "]}"; }

TEST(Boards, AreShownWithWhoUsesThem) {
  std::string other = holder_json("bo\\u001b", 2, 8);
  other.replace(other.find("\"host\": null"), 12, "\"host\": \"relay2\"");
  const auto text = describe_boards(status(lock_json(
      "burchtest",
      unit("192.168.124.51", "held", holder_json("jack", 1, 7)) + "," +
          unit("192.168.124.5", "free", "") + "," + unit("192.168.124.56", "offline", "") + "," +
          unit("a", "retired", holder_json("jo", 1, 7) + "," + holder_json("al", 1, 7)))));
  EXPECT_EQ(text,
            "burchtest\n"
            "  192.168.124.51  jack since 2026-11-21T10:04:02\n"
            "  192.168.124.5   free\n"
            "  192.168.124.56  offline since 2026-11-20T17:00:00\n"
            "  a               jo since 2026-11-21T10:04:02, al since 2026-11-21T10:04:02 "
            "(retired)\n");
  EXPECT_EQ(describe_boards(status(lock_json("s", unit("u", "held", other)))),
            "s\n  u  bo\\033@relay2 since 2026-11-21T10:04:02\n");
}

TEST(Boards, AreNotMadeOfOtherJson) {
  for (const char* text : {"", "{", "[]", "{}", R"({"locks": 1})", R"({"locks": [{}]})",
                           R"({"locks": [{"kind": "board"}]})"}) {
    EXPECT_EQ(describe_boards(text), std::nullopt) << text;
  }
  EXPECT_EQ(describe_boards(R"({"locks": []})"), "");
  EXPECT_EQ(describe_boards(R"({"locks": [{"kind": "named"}]})"), "");
}

TEST(Mutexdaemon, QueriesTheMount) {
  const FakeMount mount;
  mount.write("status.json", status(lock_json("b", unit("10.0.0.1", "free", ""))));
  EXPECT_EQ(run(mutexdaemon_program, {"--mount", mount.path(), "query"}).out,
            "b\n  10.0.0.1  free\n");
  EXPECT_EQ(run(mutexdaemon_program, {"query", "--mount=" + mount.path()}).status, 0);
  mount.write("status.json", "nonsense");
  EXPECT_EQ(run(mutexdaemon_program, {"--mount", mount.path(), "query"}).status, 74);
}

TEST(Mutexdaemon, KnowsTwoCommands) {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {}, {"start"}, {"query", "all"}, {"reload", "query"}}) {
    const Ran ran = run(mutexdaemon_program, words);
    EXPECT_EQ(ran.status, 64);
    EXPECT_EQ(ran.err,
              "mutexdaemon: say 'mutexdaemon reload' or 'mutexdaemon query'; the daemon is "
              "lockfs\n");
  }
}

}  // namespace
}  // namespace lockfs::compat

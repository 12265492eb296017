// parse_expression: what is one, what it means, and what is none.
#include "core/expression.h"

#include <gtest/gtest.h>

#include <random>

namespace lockfs {
namespace {

Term term(std::string name) {
  Term result;
  result.name = std::move(name);
  return result;
}

Term picked(std::string name, std::string address) {
  Term result = term(std::move(name));
  result.address = std::move(address);
  return result;
}

Term counted(std::string name, std::uint32_t count) {
  Term result = term(std::move(name));
  result.count = count;
  return result;
}

Term with_mode(Term term, Mode mode) {
  term.mode = mode;
  return term;
}

// Writes an expression down again, every byte of an address that need not stand plainly encoded.
std::string write(const Expression& expression) {
  std::string text;
  for (const auto& all : expression.alternatives) {
    text += text.empty() ? "" : ",";
    for (const auto& each : all) {
      text += &each == &all.front() ? "" : "+";
      text += each.name;
      if (each.address) text += "@";
      for (const char c : each.address.value_or("")) {
        constexpr char digits[] = "0123456789ABCDEF";
        const auto byte = static_cast<unsigned char>(c);
        text += {'%', digits[byte >> 4U], digits[byte & 15U]};
      }
      if (each.count != 1) text += "=" + std::to_string(each.count);
      if (each.mode) text += *each.mode == Mode::shared ? "=shared" : "=exclusive";
    }
  }
  return text;
}

TEST(Expression, SaysWhatIsWanted) {
  const std::vector<std::pair<const char*, std::vector<AllOf>>> cases = {
      {"a", {{term("a")}}},
      {"a+b", {{term("a"), term("b")}}},
      {"a,b", {{term("a")}, {term("b")}}},
      {"a+b,c", {{term("a"), term("b")}, {term("c")}}},
      {"a,a", {{term("a")}, {term("a")}}},
      {"a+b,b+a", {{term("a"), term("b")}, {term("b"), term("a")}}},
      {"burchtest@192.168.124.51", {{picked("burchtest", "192.168.124.51")}}},
      {"serial@%2Fdev%2FttyUSB0", {{picked("serial", "/dev/ttyUSB0")}}},
      {"b@%2fdev", {{picked("b", "/dev")}}},
      {"b@fe80::1%25eth0", {{picked("b", "fe80::1%eth0")}}},
      {"b@a%2Bb%2Cc%40d%3De", {{picked("b", "a+b,c@d=e")}}},
      {"b@shared", {{picked("b", "shared")}}},
      {"a=1", {{term("a")}}},
      {"a=2", {{counted("a", 2)}}},
      {"a=4294967295", {{counted("a", 4294967295U)}}},
      {"a=shared", {{with_mode(term("a"), Mode::shared)}}},
      {"a=exclusive", {{with_mode(term("a"), Mode::exclusive)}}},
      {"a=2=shared", {{with_mode(counted("a", 2), Mode::shared)}}},
      {"a@x=shared+b", {{with_mode(picked("a", "x"), Mode::shared), term("b")}}},
      {"project=shared+change", {{with_mode(term("project"), Mode::shared), term("change")}}},
      {"_.-", {{term("_.-")}}},
      {"0", {{term("0")}}},
      {"status.", {{term("status.")}}},
      {"Status", {{term("Status")}}},
  };
  for (const auto& [text, alternatives] : cases) {
    const auto parsed = parse_expression(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->alternatives, alternatives) << text;
    EXPECT_EQ(parse_expression(write(*parsed)), parsed) << text;
  }
}

TEST(Expression, RefusesWhatIsMalformed) {
  const char* const cases[] = {
      "",
      "+",
      ",",
      "a+",
      "+a",
      "a,",
      ",a",
      "a++b",
      "a,,b",
      "a b",
      " a",
      "a ",
      "-a",
      ".a",
      ".",
      "..",
      ".ctl",
      "a/b",
      "a@",
      "@x",
      "a@x@y",
      "a@x y",
      "a@/dev",
      "a@%",
      "a@%2",
      "a@%2G",
      "a@%-1",
      "a@%+1",
      "a@%00",
      "a@x=2",
      "a@x=",
      "a=",
      "a=0",
      "a=-1",
      "a=+1",
      "a= 1",
      "a=1.5",
      "a=1x",
      "a=4294967296",
      "a=99999999999999999999",
      "a=Shared",
      "a=sh",
      "a=shared=2",
      "a=shared=shared",
      "a=2=3",
      "a=2=",
      "=2",
      "=shared",
      "status",
      "status.json",
      "status+a",
      "a,status",
      "a\n",
      "a\t+b",
      "a+a",
      "a@x+a@y",
      "a=2+a",
      "b,a+c+a",
      "a*b",
      "\xC3\xBC",
      "a@\xC3\xBC",
  };
  for (const char* text : cases) EXPECT_FALSE(parse_expression(text)) << text;
  EXPECT_FALSE(parse_expression(std::string_view("a\0b", 3)));
  EXPECT_FALSE(parse_expression(std::string_view("a\0", 2)));
}

TEST(Expression, HasLimits) {
  const std::string longest(max_name_bytes, 'n');
  EXPECT_EQ(max_name_bytes, 100U);
  EXPECT_TRUE(valid_name(longest));
  EXPECT_TRUE(parse_expression(longest));
  EXPECT_FALSE(valid_name(longest + "n"));
  EXPECT_FALSE(parse_expression(longest + "n"));

  const auto terms = [](std::size_t count, char separator) {
    std::string text = "t0";
    for (std::size_t i = 1; i < count; ++i) text += separator + ("t" + std::to_string(i));
    return text;
  };
  for (const char separator : {'+', ','}) {
    EXPECT_TRUE(parse_expression(terms(64, separator)));
    EXPECT_FALSE(parse_expression(terms(65, separator)));
  }
  EXPECT_TRUE(parse_expression("b@" + std::string(1022, 'x')));
  EXPECT_FALSE(parse_expression("b@" + std::string(1023, 'x')));
}

TEST(Expression, KnowsValidNames) {
  for (const char* name : {"a", "A9", "_", "a.b-c_d", "9", "status2", "status.json2", "json"}) {
    EXPECT_TRUE(valid_name(name)) << name;
  }
  for (const char* name : {"", "status", "status.json", "-a", ".a", "a+b", "a,b", "a=b", "a@b",
                           "a/b", "a b", "a\n", "\x7F", "\xFF"}) {
    EXPECT_FALSE(valid_name(name)) << name;
  }
}

// Whatever is accepted means the same when it is written down again.
TEST(Expression, ReadsWhatItWrites) {
  constexpr char alphabet[] = "ab+,=@%2F1.sharedexclusive";
  std::mt19937 random(11);
  int accepted = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string text;
    const auto size = 1 + random() % 12;
    for (std::size_t at = 0; at < size; ++at) text += alphabet[random() % (sizeof alphabet - 1)];
    const auto parsed = parse_expression(text);
    if (!parsed) continue;
    ++accepted;
    ASSERT_EQ(parse_expression(write(*parsed)), parsed) << text;
  }
  EXPECT_GT(accepted, 1000);
}

}  // namespace
}  // namespace lockfs

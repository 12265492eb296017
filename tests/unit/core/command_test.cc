// Control lines: what is a command, and what somebody who mistyped one is told.
#include "core/command.h"

#include <gtest/gtest.h>

namespace lockfs {
namespace {

using Verb = ControlLine::Verb;

TEST(ControlLine, ReadsCommands) {
  struct Good {
    const char* line;
    Verb verb;
    const char* argument;
  };
  const Good cases[] = {
      {"reload", Verb::reload, ""},
      {"  reload\t", Verb::reload, ""},
      {"reload\r", Verb::reload, ""},
      {"loglevel debug", Verb::log_level, "debug"},
      {"create deploy", Verb::create, "deploy"},
      {"create\tdeploy", Verb::create, "deploy"},
      {"create ../x", Verb::create, "../x"},  // whether it is a name is the engine's to say
      {"remove   deploy ", Verb::remove, "deploy"},
      {"upgrade", Verb::upgrade, ""},
  };
  for (const auto& [line, verb, argument] : cases) {
    const auto parsed = parse_control_line(line);
    const auto* command = std::get_if<ControlLine>(&parsed);
    ASSERT_NE(command, nullptr) << line;
    EXPECT_EQ(command->verb, verb) << line;
    EXPECT_EQ(command->argument, argument) << line;
  }
}

TEST(ControlLine, ReadsWhatIsMarkedAndWhy) {
  struct Good {
    const char* line;
    Verb verb;
    const char* argument;
    std::optional<std::string> unit;
    std::optional<Token> token;
    const char* reason;
  };
  const Good cases[] = {
      {"break deploy", Verb::break_hold, "deploy", {}, {}, ""},
      {"break deploy gone home ", Verb::break_hold, "deploy", {}, {}, "gone home"},
      {"break board@10.0.0.1", Verb::break_hold, "board", "10.0.0.1", {}, ""},
      {"break a@%2Fdev%2FttyUSB0  x  y", Verb::break_hold, "a", "/dev/ttyUSB0", {}, "x  y"},
      {"break a token=91", Verb::break_hold, "a", {}, 91, ""},
      {"break a@x token=91 since May", Verb::break_hold, "a", "x", 91, "since May"},
      {"break a no token=91", Verb::break_hold, "a", {}, {}, "no token=91"},
      {"offline board@x", Verb::offline, "board", "x", {}, ""},
      {"offline board@x PSU dead", Verb::offline, "board", "x", {}, "PSU dead"},
      {"online board@x", Verb::online, "board", "x", {}, ""},
      {"drain board", Verb::drain, "board", {}, {}, ""},
      {"drain board moving house", Verb::drain, "board", {}, {}, "moving house"},
      {"undrain board", Verb::undrain, "board", {}, {}, ""},
  };
  for (const auto& [line, verb, argument, unit, token, reason] : cases) {
    const auto parsed = parse_control_line(line);
    const auto* command = std::get_if<ControlLine>(&parsed);
    ASSERT_NE(command, nullptr) << line;
    EXPECT_EQ(command->verb, verb) << line;
    EXPECT_EQ(command->argument, argument) << line;
    EXPECT_EQ(command->unit, unit) << line;
    EXPECT_EQ(command->token, token) << line;
    EXPECT_EQ(command->reason, reason) << line;
  }
}

std::string complaint(std::string_view line) {
  const auto parsed = parse_control_line(line);
  const auto* outcome = std::get_if<Outcome>(&parsed);
  if (outcome == nullptr) return "";
  EXPECT_EQ(outcome->code, Code::syntax) << line;
  return outcome->text;
}

TEST(ControlLine, SaysWhatIsWrong) {
  const std::string unknown =
      "there is no such command; there are: reload, break, offline, online, drain, undrain, "
      "create, "
      "remove, upgrade, loglevel";
  for (const char* line : {"", " ", "\t\r", "Reload", "reloadx", "re load", "#", "brake"}) {
    EXPECT_EQ(complaint(line), unknown) << line;
  }
  for (const char* line : {"reload now", "reload \x01"}) {
    EXPECT_EQ(complaint(line), "usage: reload") << line;
  }
  for (const char* line : {"create", "create ", "create a b"}) {
    EXPECT_EQ(complaint(line), "usage: create NAME") << line;
  }
  EXPECT_EQ(complaint("remove"), "usage: remove NAME");
  EXPECT_EQ(complaint("loglevel"), "usage: loglevel LEVEL");
  const std::string of_break = "usage: break NAME[@UNIT] [token=T] [REASON]";
  for (const char* line :
       {"break", "break a@", "break a@%", "break a@%00", "break a token=", "break a token=x",
        "break a token=-1", "break a token=1x", "break a token=99999999999999999999"}) {
    EXPECT_EQ(complaint(line), of_break) << line;
  }
  EXPECT_EQ(complaint("offline board"), "usage: offline NAME@ADDRESS [REASON]");
  EXPECT_EQ(complaint("online board"), "usage: online NAME@ADDRESS");
  EXPECT_EQ(complaint("online board@x now"), "usage: online NAME@ADDRESS");
  EXPECT_EQ(complaint("undrain board now"), "usage: undrain NAME");
  EXPECT_EQ(complaint("drain a " + std::string(200, 'x')), "");
  EXPECT_EQ(complaint("drain a " + std::string(201, 'x')), "a reason has at most 200 bytes");
  EXPECT_EQ(complaint(std::string_view("reload\0", 7)), "the line holds a NUL byte");
  EXPECT_EQ(complaint("create " + std::string(max_control_write, 'x')), "the line is too long");
  EXPECT_EQ(complaint("create " + std::string(max_control_write - 7, 'x')), "");
}

TEST(Code, HasTheContractsWords) {
  EXPECT_EQ(to_string(Code::ok), "ok");
  EXPECT_EQ(to_string(Code::unknown_board), "unknownboard");
  EXPECT_EQ(to_string(Code::permission), "permission");
  EXPECT_EQ(to_string(Code::busy), "busy");
  EXPECT_EQ(to_string(Code::unavailable), "unavailable");
  EXPECT_EQ(to_string(Code::config), "config");
  EXPECT_EQ(to_string(Code::syntax), "syntax");
}

TEST(Code, IsAnErrorUnlessOk) {
  EXPECT_EQ(to_reason(Code::ok), Reason::none);
  for (const Code code : {Code::unknown_board, Code::permission, Code::busy, Code::unavailable,
                          Code::config, Code::syntax}) {
    EXPECT_NE(to_reason(code), Reason::none) << to_string(code);
  }
}

}  // namespace
}  // namespace lockfs

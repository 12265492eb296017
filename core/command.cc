#include "core/command.h"

#include <charconv>

#include "core/expression.h"
#include "core/mark.h"
#include "core/words.h"

namespace lockfs {
namespace {

std::string_view next_word(std::string_view& line) {
  const auto begin = line.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return line = {};
  line.remove_prefix(begin);
  const auto word = line.substr(0, line.find_first_of(" \t\r"));
  line.remove_prefix(word.size());
  return word;
}

Outcome syntax(std::string text) { return {Code::syntax, std::move(text)}; }

using Verb = ControlLine::Verb;
using UnitForm = ControlForm::Unit;

constexpr ControlForm forms[] = {
    {"reload", "", Verb::reload},
    {"break", "NAME[@UNIT] [token=T] [REASON]", Verb::break_hold, UnitForm::optional, true, true},
    {"offline", "NAME@ADDRESS [REASON]", Verb::offline, UnitForm::required, false, true},
    {"online", "NAME@ADDRESS", Verb::online, UnitForm::required},
    {"drain", "NAME [REASON]", Verb::drain, UnitForm::none, false, true},
    {"undrain", "NAME", Verb::undrain},
    {"create", "NAME", Verb::create},
    {"remove", "NAME", Verb::remove},
    {"upgrade", "", Verb::upgrade},
    {"loglevel", "LEVEL", Verb::log_level},
};

std::string known_verbs() {
  std::string list;
  for (const auto& form : forms) {
    list += (list.empty() ? "" : ", ") + std::string(form.word);
  }
  return list;
}

// NAME@UNIT, the unit percent-encoded. False if it is not so.
bool read_unit(const ControlForm& form, ControlLine& line) {
  if (form.unit == UnitForm::none) return true;
  const auto at = line.argument.find('@');
  if (at == std::string::npos) return form.unit == UnitForm::optional;
  line.unit = decode_address(std::string_view(line.argument).substr(at + 1));
  line.argument.resize(at);
  return line.unit.has_value();
}

// A word `token=T`, if that is what comes next. False if T is no number.
bool read_token(std::string_view& rest, ControlLine& line) {
  constexpr std::string_view key = "token=";
  std::string_view after = rest;
  auto word = next_word(after);
  if (word.substr(0, key.size()) != key) return true;
  word.remove_prefix(key.size());
  Token token = 0;
  const auto [end, error] = std::from_chars(word.begin(), word.end(), token);
  if (error != std::errc{} || end != word.end()) return false;
  line.token = token;
  rest = after;
  return true;
}

// What follows the verb; false if it is not in its form.
bool read_rest(const ControlForm& form, std::string_view rest, ControlLine& line) {
  line.argument = next_word(rest);
  if (line.argument.empty() != form.usage.empty() || !read_unit(form, line)) return false;
  if (form.token && !read_token(rest, line)) return false;
  line.reason = trimmed(rest, " \t\r");
  return form.reason || line.reason.empty();
}

}  // namespace

std::span<const ControlForm> control_forms() { return forms; }

std::string_view to_string(Code code) {
  switch (code) {
    case Code::ok:
      return "ok";
    case Code::unknown_board:
      return "unknownboard";
    case Code::permission:
      return "permission";
    case Code::busy:
      return "busy";
    case Code::unavailable:
      return "unavailable";
    case Code::config:
      return "config";
    case Code::syntax:
      return "syntax";
  }
  return "";
}

Reason to_reason(Code code) {
  switch (code) {
    case Code::ok:
      return Reason::none;
    case Code::unknown_board:
      return Reason::unknown;
    case Code::permission:
      return Reason::not_allowed;
    case Code::busy:
      return Reason::busy;
    case Code::unavailable:
      return Reason::gone;
    case Code::config:
    case Code::syntax:
      return Reason::invalid;
  }
  return Reason::invalid;
}

ParsedControlLine parse_control_line(std::string_view line) {
  if (line.size() > max_control_write) return syntax("the line is too long");
  if (line.find('\0') != std::string_view::npos) return syntax("the line holds a NUL byte");
  const auto word = next_word(line);
  for (const auto& form : forms) {
    if (word != form.word) continue;
    ControlLine parsed;
    parsed.verb = form.verb;
    if (!read_rest(form, line, parsed)) {
      const std::string usage = std::string(form.word) + (form.usage.empty() ? "" : " ");
      return syntax("usage: " + usage + std::string(form.usage));
    }
    if (parsed.reason.size() > max_reason_bytes) {
      return syntax("a reason has at most " + std::to_string(max_reason_bytes) + " bytes");
    }
    return parsed;
  }
  return syntax("there is no such command; there are: " + known_verbs());
}

std::optional<Command> to_command(const ControlLine& line) {
  switch (line.verb) {
    case Verb::create:
      return command::Make{line.argument};
    case Verb::remove:
      return command::Remove{line.argument};
    case Verb::break_hold:
      return command::Break{line.argument, line.unit, line.token, line.reason};
    case Verb::offline:
      return command::Offline{line.argument, line.unit.value_or(""), line.reason};
    case Verb::online:
      return command::Online{line.argument, line.unit.value_or("")};
    case Verb::drain:
      return command::Drain{line.argument, line.reason};
    case Verb::undrain:
      return command::Undrain{line.argument};
    case Verb::reload:
    case Verb::log_level:
    case Verb::upgrade:
      break;
  }
  return std::nullopt;
}

}  // namespace lockfs

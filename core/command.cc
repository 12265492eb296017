#include "core/command.h"

#include "core/expression.h"

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

struct VerbForm {
  std::string_view word;
  ControlLine::Verb verb;
  std::string_view argument;  // what it takes, if anything
};

constexpr VerbForm verbs[] = {
    {"reload", ControlLine::Verb::reload, ""},
    {"loglevel", ControlLine::Verb::log_level, "LEVEL"},
    {"create", ControlLine::Verb::create, "NAME"},
    {"remove", ControlLine::Verb::remove, "NAME"},
    {"upgrade", ControlLine::Verb::upgrade, ""},
};

std::string known_verbs() {
  std::string list;
  for (const auto& form : verbs) {
    list += (list.empty() ? "" : ", ") + std::string(form.word);
  }
  return list;
}

}  // namespace

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
  for (const auto& form : verbs) {
    if (word != form.word) continue;
    const auto argument = next_word(line);
    const std::string usage = std::string(form.word) + (form.argument.empty() ? "" : " ");
    if (argument.empty() != form.argument.empty() || !next_word(line).empty()) {
      return syntax("usage: " + usage + std::string(form.argument));
    }
    return ControlLine{form.verb, std::string(argument)};
  }
  return syntax("there is no such command; there are: " + known_verbs());
}

}  // namespace lockfs

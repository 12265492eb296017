#include "core/pidstat.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "core/config_values.h"
#include "core/words.h"

namespace lockfs {
namespace {

constexpr std::uint32_t default_mask = 3;

// One more than any of them has.
constexpr std::size_t most_words = 5;

// The datagram is one line: nothing after its LF counts as a word of it, or at all.
std::optional<std::vector<std::string_view>> parse_line(std::string_view datagram) {
  if (datagram.size() > max_pidstat_datagram) return std::nullopt;
  if (!datagram.empty() && datagram.back() == '\n') datagram.remove_suffix(1);
  if (datagram.find('\n') != std::string_view::npos) return std::nullopt;
  return words_of(trimmed(datagram, " \t\r"), most_words);
}

std::optional<pid_t> parse_pid(std::string_view word) {
  const auto number = parse_number(word, 1, std::numeric_limits<pid_t>::max());
  if (!number) return std::nullopt;
  return static_cast<pid_t>(*number);
}

std::optional<PidState> parse_state(std::string_view verb, std::string_view word) {
  if (verb == "UNKN" && word == "na") return PidState::unknown;
  if (verb == "EXIS" && word == "1") return PidState::exists;
  if (verb == "EXIS" && word == "0") return PidState::absent;
  return std::nullopt;
}

}  // namespace

bool is_pidstat_host(std::string_view host) {
  return !host.empty() && host.size() <= max_pidstat_host &&
         std::all_of(host.begin(), host.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

bool PidQuestion::wants(PidState state) const {
  return ((mask == 0 ? default_mask : mask) & static_cast<std::uint32_t>(state)) != 0;
}

std::string render(const PidQuestion& question) {
  std::string text = "PIDR " + std::to_string(question.pid);
  if (!question.host.empty()) text += " " + question.host;
  if (question.mask != 0) text += " " + std::to_string(question.mask);
  return text + "\n";
}

std::string render(const PidAnswer& answer) {
  const std::string pid = std::to_string(answer.pid);
  if (answer.state == PidState::unknown) return "UNKN " + pid + " na " + answer.host;
  return "EXIS " + pid + (answer.state == PidState::exists ? " 1 " : " 0 ") + answer.host;
}

std::optional<PidQuestion> parse_pid_question(std::string_view datagram) {
  const auto words = parse_line(datagram);
  if (!words || words->size() < 2 || words->size() > 4 || words->front() != "PIDR") {
    return std::nullopt;
  }
  const auto pid = parse_pid((*words)[1]);
  if (!pid) return std::nullopt;
  PidQuestion question{*pid, {}, 0};
  if (words->size() > 2) question.host = (*words)[2];
  if (words->size() > 2 && !is_pidstat_host(question.host)) return std::nullopt;
  if (words->size() > 3) {
    const auto mask = parse_number((*words)[3], 0, std::numeric_limits<std::uint32_t>::max());
    if (!mask) return std::nullopt;
    question.mask = *mask;
  }
  return question;
}

std::optional<PidAnswer> parse_pid_answer(std::string_view datagram) {
  const auto words = parse_line(datagram);
  if (!words || words->size() != 4 || !is_pidstat_host((*words)[3])) return std::nullopt;
  const auto pid = parse_pid((*words)[1]);
  const auto state = parse_state(words->front(), (*words)[2]);
  if (!pid || !state) return std::nullopt;
  return PidAnswer{*pid, *state, std::string((*words)[3])};
}

bool answers(const PidAnswer& answer, const PidQuestion& question) {
  return answer.pid == question.pid && answer.host == question.host;
}

}  // namespace lockfs

#include "core/lockerd.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "core/expression.h"
#include "core/words.h"

namespace lockfs::lockerd {
namespace {

// More names than are allowed, however often each stands there.
constexpr std::size_t max_line_words = 1024;
constexpr WallTime second = 1'000'000'000;
constexpr double longest_timeout_s = 10.0 * 365 * 24 * 60 * 60;

using Words = std::vector<std::string_view>;

std::string_view first_argument(const Words& words) {
  return words.size() > 1 ? words[1] : std::string_view();
}

// As Perl takes it for true.
bool is_true(std::string_view word) { return !word.empty() && word != "0"; }

std::string kept(std::string_view word) { return std::string(word.substr(0, max_word + 1)); }

std::vector<std::string> read_names(const Words& words) {
  std::vector<std::string> names;
  for (std::size_t i = 1; i < words.size() && names.size() <= max_names; ++i) {
    std::string name = words[i] == "0" ? "lock" : kept(words[i]);
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  if (names.empty()) names.emplace_back("lock");
  return names;
}

// Seconds, fractions allowed; whatever is no time is no limit.
WallTime read_timeout(std::string_view word) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), seconds);
  const bool whole = error == std::errc{} && end == word.data() + word.size();
  if (!whole || !std::isfinite(seconds) || seconds <= 0) return 0;
  const double nanoseconds = std::min(seconds, longest_timeout_s) * static_cast<double>(second);
  return std::max<WallTime>(1, std::llround(nanoseconds));
}

using Setter = void (*)(Settings&, const Words&);

const std::map<std::string_view, Setter>& setters() {
  static const std::map<std::string_view, Setter> table = {
      {"user", [](Settings& s, const Words& w) { s.user = kept(first_argument(w)); }},
      {"locks", [](Settings& s, const Words& w) { s.locks = read_names(w); }},
      {"block", [](Settings& s, const Words& w) { s.block = is_true(first_argument(w)); }},
      {"timeout", [](Settings& s, const Words& w) { s.timeout = read_timeout(first_argument(w)); }},
      {"autounlock",
       [](Settings& s, const Words& w) { s.autounlock = is_true(first_argument(w)); }},
      {"pid", [](Settings& s, const Words& w) { s.pid = read_pid(first_argument(w)); }},
      {"hostname",
       [](Settings& s, const Words& w) { s.host = first_argument(w).substr(0, max_word); }},
  };
  return table;
}

const std::map<std::string_view, Verb>& verbs() {
  static const std::map<std::string_view, Verb> table = {
      {"LOCK", Verb::lock},
      {"UNLOCK", Verb::unlock},
      {"STATUS", Verb::status},
      {"BREAK_LOCK", Verb::break_lock},
      {"LOCK_LIST", Verb::lock_list},
      {"VERSION", Verb::version},
      {"DEAD_PID", Verb::dead_pid},
      {"RESTART", Verb::restart},
      {"EOF", Verb::end},
  };
  return table;
}

}  // namespace

std::optional<Command> read_line(std::string_view line, Settings& settings) {
  const Words words = words_of(line, max_line_words);
  if (words.empty()) return std::nullopt;
  if (const auto setter = setters().find(words[0]); setter != setters().end()) {
    setter->second(settings, words);
    return std::nullopt;
  }
  const auto verb = verbs().find(words[0]);
  if (verb == verbs().end()) return std::nullopt;
  Command command{verb->second, {}, 0};
  if (command.verb == Verb::dead_pid && words.size() > 2) {
    command.host = words[1].substr(0, max_word);
    command.pid = read_pid(words[2]);
  }
  return command;
}

std::string_view find_fault(const Settings& settings, bool needs_user) {
  if (needs_user && settings.user.empty()) return "no_user";
  if (settings.user.size() > max_word) return "invalid_user";
  if (settings.locks.size() > max_names) return "too_many_locks";
  const bool valid = std::all_of(settings.locks.begin(), settings.locks.end(),
                                 [](const auto& name) { return valid_name(name); });
  return valid ? "" : "invalid_lock";
}

std::string status_block(const Standing& standing) {
  std::string text = "owner " + standing.owner + "\n";
  if (standing.lock.empty()) return text + "locked 0\n\n\n";
  return text + "locked 1\nlockname " + standing.lock + "\n\n\n";
}

std::string waiting(std::string_view owner) { return "print_waiting " + std::string(owner) + "\n"; }

std::string obtained() { return "print_obtained\n"; }

std::string broke(std::string_view owner) { return "print_broke " + std::string(owner) + "\n"; }

// The 2: DEAD_PID is understood.
std::string autounlock_check(std::string_view lock, std::string_view host, pid_t pid) {
  return "autounlock_check " + std::string(lock) + " " + std::string(host) + " " +
         std::to_string(pid) + " 2\n";
}

std::string list_entry(std::string_view lock, std::string_view owner) {
  return "lock " + std::string(lock) + " " + std::string(owner) + "\n";
}

std::string list_end() { return "\n\n"; }

std::string version(WallTime started) {
  return "version 1.502 " + std::to_string(started / second) + "\n\n";
}

std::string error(std::string_view word) { return "error " + std::string(word) + "\n\n\n"; }

}  // namespace lockfs::lockerd

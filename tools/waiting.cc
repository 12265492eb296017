#include "tools/waiting.h"

#include <algorithm>
#include <optional>

#include "core/table_view.h"

namespace lockfs {
namespace {

constexpr std::size_t max_shown = 3;  // holders, waiters, locks: then only their number
constexpr std::size_t date_size = std::string_view("2026-11-21T").size();

std::vector<Claimant> holders_of(const LockState& lock) {
  std::vector<Claimant> holders;
  for (const auto& unit : lock.units) {
    holders.insert(holders.end(), unit.holders.begin(), unit.holders.end());
  }
  return holders;
}

// "offline since TIME by USER: REASON"
std::string marked(std::string_view how, const MarkState& mark, const std::string& since) {
  return std::string(how) + " since " + as_word(since) + " by " + as_word(mark.user) +
         (mark.reason.empty() ? "" : ": " + as_text(mark.reason));
}

// Those that nobody gets, though nobody holds them.
std::vector<UnitState> offline_units(const LockState& lock) {
  std::vector<UnitState> units;
  for (const auto& unit : lock.units) {
    if (unit.holders.empty() && unit.offline) units.push_back(unit);
  }
  return units;
}

std::string and_more(std::size_t number) {
  return number <= 1 ? "" : ", and " + std::to_string(number - 1) + " more";
}

std::string named(const Claimant& claimant) {
  return as_word(claimant.user) + (claimant.pid ? ", pid " + std::to_string(*claimant.pid) : "") +
         ", since " + as_word(local_time(claimant.since));
}

// Why the lock is not to be had at once; empty if that does not show.
std::string in_the_way(const LockState& lock) {
  if (lock.draining) return marked("draining", *lock.draining, local_time(lock.draining->since));
  const auto holders = holders_of(lock);
  if (!holders.empty()) return "held by " + named(holders.front()) + and_more(holders.size());
  const auto& waiters = lock.waiters;
  if (!waiters.empty()) {
    return "waited for by " + named(waiters.front()) + and_more(waiters.size());
  }
  const auto offline = offline_units(lock);
  if (offline.empty()) return "";
  const auto& mark = *offline.front().offline;
  return as_word(offline.front().name) + " " + marked("offline", mark, local_time(mark.since)) +
         and_more(offline.size());
}

std::string ordinal(std::size_t number) {
  const auto last = number % 10;
  const bool teen = number / 10 % 10 == 1;
  const char* const suffix = teen        ? "th"
                             : last == 1 ? "st"
                             : last == 2 ? "nd"
                             : last == 3 ? "rd"
                                         : "th";
  return std::to_string(number) + suffix;
}

std::string as_clock(std::chrono::seconds time) {
  const auto two = [](std::int64_t number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
  };
  const auto seconds = time.count();
  const auto hours = seconds / 3600;
  return (hours > 0 ? std::to_string(hours) + ":" + two(seconds / 60 % 60)
                    : std::to_string(seconds / 60)) +
         ":" + two(seconds % 60);
}

// The lines about one lock.
class LockLines {
 public:
  LockLines(const WaitStatus& status, const LockState& lock)
      : status_(status), lock_(lock), before_(place_of(lock, status.pid)) {}

  // ", 2nd in the queue"; empty while the mount does not show us there.
  std::string place() const {
    return before_ ? ", " + ordinal(*before_ + 1) + " in the queue" : "";
  }

  std::vector<std::string> below() const {
    std::vector<std::string> lines;
    if (lock_.draining)
      lines.push_back(marked("draining", *lock_.draining, time_of(*lock_.draining)));
    std::vector<std::string> holders;
    for (const auto& holder : holders_of(lock_)) holders.push_back("held by " + line_of(holder));
    add(lines, std::move(holders));
    std::vector<std::string> offline;
    for (const auto& unit : offline_units(lock_)) {
      offline.push_back(as_word(unit.name) + " " +
                        marked("offline", *unit.offline, time_of(*unit.offline)));
    }
    add(lines, std::move(offline));
    std::vector<std::string> earlier;
    for (std::size_t i = 0; i < before_.value_or(0); ++i) {
      earlier.push_back("behind " + line_of(lock_.waiters[i]));
    }
    add(lines, std::move(earlier));
    return lines;
  }

 private:
  // The first of them, and how many there are besides.
  static void add(std::vector<std::string>& lines, std::vector<std::string> more) {
    const auto number = more.size();
    more.resize(std::min(number, max_shown));
    lines.insert(lines.end(), more.begin(), more.end());
    if (number > max_shown) lines.push_back("and " + std::to_string(number - max_shown) + " more");
  }

  // The time alone where it is today.
  template <class Event>
  std::string time_of(const Event& event) const {
    auto since = local_time(event.since);
    const bool today = since.substr(0, date_size) == status_.since.substr(0, date_size);
    if (today && since.size() > date_size) since.erase(0, date_size);
    return since;
  }

  // "jack (pid 4711) since 10:04:02, "back at 15:00": sh flash.sh"
  std::string line_of(const Claimant& claimant) const {
    return as_word(claimant.user) +
           (claimant.pid ? " (pid " + std::to_string(*claimant.pid) + ")" : "") + " since " +
           as_word(time_of(claimant)) +
           (claimant.note.empty() ? "" : ", \"" + as_text(claimant.note) + "\"") +
           (claimant.command.empty() ? "" : ": " + as_text(claimant.command));
  }

  const WaitStatus& status_;
  const LockState& lock_;
  std::optional<std::size_t> before_;  // who waits and comes earlier
};

}  // namespace

std::optional<std::size_t> place_of(const LockState& lock, std::int64_t pid) {
  for (std::size_t i = 0; i < lock.waiters.size(); ++i) {
    if (lock.waiters[i].pid == pid && lock.waiters[i].via == "flock") return i;
  }
  return std::nullopt;
}

std::string waiting_line(const std::string& what, const std::vector<LockState>& locks) {
  std::string reasons;
  std::size_t shown = 0;
  for (const auto& lock : locks) {
    const auto reason = in_the_way(lock);
    if (reason.empty() || shown++ >= max_shown) continue;
    reasons += (reasons.empty() ? "" : "; ") + (locks.size() > 1 ? lock.name + " " : "") + reason;
  }
  if (shown > max_shown) {
    reasons += "; and " + std::to_string(shown - max_shown) + " more locks";
  }
  return "waiting for " + what + (reasons.empty() ? "" : " (" + reasons + ")");
}

std::vector<std::string> waiting_lines(const WaitStatus& status) {
  const bool only_one = status.locks.size() == 1;
  std::vector<std::string> lines;
  std::string place;
  for (const auto& lock : status.locks) {
    const LockLines about(status, lock);
    const auto below = about.below();
    if (only_one) place = about.place();
    if (!only_one && !below.empty()) lines.push_back("  " + lock.name + about.place());
    for (const auto& line : below) lines.push_back((only_one ? "  " : "    ") + line);
  }
  const auto since = status.since.substr(std::min(date_size, status.since.size()));
  lines.insert(lines.begin(), "waiting for " + status.what + place + ", since " + since + " (" +
                                  as_clock(status.elapsed) + ")");
  return lines;
}

}  // namespace lockfs

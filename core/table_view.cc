#include "core/table_view.h"

#include <algorithm>
#include <array>

#include "core/config_values.h"
#include "core/json_view.h"

namespace lockfs {
namespace {

constexpr std::array<std::string_view, 12> header = {"LOCK",  "UNIT",  "STATE", "MODE",
                                                     "USER",  "HOST",  "PID",   "VIA",
                                                     "SINCE", "TOKEN", "NOTE",  "COMMAND"};
using Row = std::array<std::string, header.size()>;

void append_escaped(std::string& out, unsigned char byte) {
  constexpr char digits[] = "01234567";
  out += '\\';
  out += digits[byte >> 6U];
  out += digits[(byte >> 3U) & 7U];
  out += digits[byte & 7U];
}

// The size of the character at the start of `text` that can stand as it is; 0 if it is a control
// character (there are some beyond ASCII, and terminals obey them), a backslash or no UTF-8.
std::size_t plain_size(std::string_view text) {
  if (text[0] == '\\' || text[0] == '\t') return 0;
  for (std::size_t size = 1; size <= std::min<std::size_t>(4, text.size()); ++size) {
    if (is_plain_utf8(text.substr(0, size))) return size;
  }
  return 0;
}

std::string escaped(std::string_view text, char blank) {
  if (text.empty()) return "-";
  std::string out;
  while (!text.empty()) {
    const auto size = plain_size(text);
    if (text[0] == ' ') {
      out += blank;
    } else if (size == 0) {
      append_escaped(out, static_cast<unsigned char>(text[0]));
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return out;
}

Row claim_row(const std::string& lock, const std::string& unit, std::string_view state,
              const ClaimView& claim, const LocalTime& local_time) {
  return {as_word(lock),
          as_word(unit),
          std::string(state),
          std::string(to_string(claim.mode)),
          as_word(claim.user),
          as_word(claim.host),
          claim.pid == 0 ? "-" : std::to_string(claim.pid),
          std::string(to_string(claim.via)),
          local_time(claim.since),
          claim.token == 0 ? "-" : std::to_string(claim.token),
          claim.deadlocked ? "deadlock" : as_word(claim.note),
          (claim.inherited ? "[inherited] " : "") + as_text(claim.command)};
}

// Who marked a unit offline or a lock draining, and why.
Row mark_row(const std::string& lock, const std::string& unit, const char* state,
             const MarkView& mark, const LocalTime& local_time) {
  return {as_word(lock),
          as_word(unit),
          state,
          "-",
          as_word(mark.user),
          "-",
          "-",
          "-",
          local_time(mark.mark.since),
          "-",
          as_word(mark.mark.reason),
          "-"};
}

void add_unit(std::vector<Row>& rows, const LockView& lock, const UnitView& unit,
              const LocalTime& local_time) {
  if (unit.offline) {
    rows.push_back(mark_row(lock.name, unit.name, "offline", *unit.offline, local_time));
  }
  for (const auto& holder : unit.holders) {
    rows.push_back(
        claim_row(lock.name, unit.name, unit.retired ? "retired" : "held", holder, local_time));
  }
  if (!unit.stands_alone()) return;
  rows.push_back({as_word(lock.name), as_word(unit.name), std::string(state_of(lock, unit)), "-",
                  "-", "-", "-", "-", local_time(unit.since), "-", "-", "-"});
}

std::string padded(const std::vector<Row>& rows) {
  std::array<std::size_t, header.size()> widths{};
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i) {
      out += row[i];
      out.append(widths[i] - row[i].size() + 2, ' ');
    }
    out += row.back();
    out += '\n';
  }
  return out;
}

}  // namespace

std::string as_word(std::string_view text) { return escaped(text, '_'); }

std::string as_text(std::string_view text) { return escaped(text, ' '); }

std::string_view to_string(Mode mode) { return mode == Mode::exclusive ? "ex" : "sh"; }

std::string_view to_string(Via via) {
  switch (via) {
    case Via::flock:
      return "flock";
    case Via::fcntl:
      return "fcntl";
    case Via::hold:
      return "hold";
    case Via::lockerd:
      return "lockerd";
    case Via::mutexdaemon:
      return "mutexdaemon";
  }
  return "";
}

std::string render_table(const Description& description, const LocalTime& local_time) {
  std::vector<Row> rows(1);
  std::copy(header.begin(), header.end(), rows[0].begin());
  for (const auto& lock : description.locks) {
    if (lock.draining) {
      rows.push_back(mark_row(lock.name, "-", "draining", *lock.draining, local_time));
    }
    for (const auto& unit : lock.units) add_unit(rows, lock, unit, local_time);
    for (const auto& waiter : lock.waiters) {
      rows.push_back(claim_row(lock.name, "-", "waiting", waiter, local_time));
    }
  }
  return padded(rows);
}

}  // namespace lockfs

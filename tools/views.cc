#include "tools/views.h"

#include <algorithm>
#include <array>

#include "core/table_view.h"
#include "tools/errno_words.h"
#include "tools/files.h"
#include "tools/lock_state.h"
#include "tools/mount.h"
#include "tools/paint.h"

namespace lockfs {
namespace {

using Row = std::array<std::string, 9>;

Result<std::string> read_view(const std::string& mount, const std::string& name) {
  return read_file(mount + "/" + name).map_error([&](int error) {
    return mount_failure(mount, error);
  });
}

Result<std::vector<LockState>> read_all_locks(const std::string& mount) {
  const auto text = read_view(mount, "status.json");
  if (!text) return tl::make_unexpected(text.error());
  auto locks = read_status(*text);
  if (locks) return std::move(*locks);
  return failure(exit_status::io,
                 mount + "/status.json is not what this version of lockctl can read");
}

Row to_row(const LockState& lock, const UnitState& unit, const Claimant& holder) {
  return {as_word(lock.name),
          as_word(unit.name),
          as_word(holder.mode),
          as_word(holder.user),
          holder.pid ? std::to_string(*holder.pid) : "-",
          as_word(local_time(holder.since)),
          std::to_string(holder.token),
          as_word(holder.note),
          as_text(holder.command)};
}

std::string padded(const std::vector<Row>& rows) {
  constexpr std::size_t last = std::tuple_size_v<Row> - 1;
  std::array<std::size_t, std::tuple_size_v<Row>> widths{};
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < last; ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < last; ++i) {
      text += row[i] + std::string(widths[i] + 2 - row[i].size(), ' ');
    }
    text += row[last] + "\n";
  }
  return text;
}

std::string holds_as_table(const std::vector<LockState>& locks) {
  std::vector<Row> rows = {
      {"LOCK", "UNIT", "MODE", "USER", "PID", "SINCE", "TOKEN", "NOTE", "COMMAND"}};
  for (const auto& lock : locks) {
    for (const auto& unit : lock.units) {
      for (const auto& holder : unit.holders) rows.push_back(to_row(lock, unit, holder));
    }
  }
  return rows.size() == 1 ? "" : padded(rows);
}

void print(const std::string& text, const Arguments& arguments, const Streams& streams) {
  streams.out << (streams.colours && !arguments.json ? paint(text) : text);
}

}  // namespace

Result<int> show_status(const Arguments& arguments, const Streams& streams) {
  return find_mount(arguments.mount)
      .and_then([&](const std::string& mount) {
        return read_view(mount, arguments.json ? "status.json" : "status");
      })
      .map([&](const std::string& text) {
        print(text, arguments, streams);
        return exit_status::success;
      });
}

Result<int> list_holds(const Arguments& arguments, const Streams& streams) {
  return find_mount(arguments.mount)
      .and_then(read_all_locks)
      .map([&](const std::vector<LockState>& locks) {
        print(arguments.json ? holds_as_json(locks) : holds_as_table(locks), arguments, streams);
        return exit_status::success;
      });
}

Result<int> show_lock(const Arguments& arguments, const Streams& streams) {
  const auto lock = find_lock(arguments.subject, arguments.mount);
  if (!lock) return tl::make_unexpected(lock.error());
  const auto text = read_file(arguments.json ? lock->json_path() : lock->path());
  if (!text) return tl::make_unexpected(open_failure(*lock, text.error()));
  print(*text, arguments, streams);
  return exit_status::success;
}

}  // namespace lockfs

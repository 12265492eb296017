#include "tools/views.h"

#include <algorithm>
#include <array>

#include "core/table_view.h"
#include "tools/errno_words.h"
#include "tools/files.h"
#include "tools/holds.h"
#include "tools/mount.h"

namespace lockfs {
namespace {

using Row = std::array<std::string, 7>;

Result<std::string> read_view(const std::string& mount, const std::string& name) {
  return read_file(mount + "/" + name).map_error([&](int error) {
    return mount_failure(mount, error);
  });
}

Result<std::vector<Hold>> read_holds(const std::string& mount) {
  const auto text = read_view(mount, "status.json");
  if (!text) return tl::make_unexpected(text.error());
  auto holds = holds_in_status(*text);
  if (holds) return std::move(*holds);
  return failure(exit_status::io,
                 mount + "/status.json is not what this version of lockctl can read");
}

Row to_row(const Hold& hold) {
  return {as_word(hold.lock),
          as_word(hold.unit),
          as_word(hold.mode),
          as_word(hold.user),
          hold.pid ? std::to_string(*hold.pid) : "-",
          as_word(local_time(hold)),
          as_text(hold.command)};
}

std::string padded(const std::vector<Row>& rows) {
  Row::size_type last = Row().size() - 1;
  std::array<std::size_t, 7> widths{};
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

std::string holds_as_table(const std::vector<Hold>& holds) {
  if (holds.empty()) return "";
  std::vector<Row> rows = {{"LOCK", "UNIT", "MODE", "USER", "PID", "SINCE", "COMMAND"}};
  for (const auto& hold : holds) rows.push_back(to_row(hold));
  return padded(rows);
}

}  // namespace

Result<int> show_status(const Arguments& arguments, const Streams& streams) {
  return find_mount(arguments.mount)
      .and_then([&](const std::string& mount) {
        return read_view(mount, arguments.json ? "status.json" : "status");
      })
      .map([&](const std::string& text) {
        streams.out << text;
        return exit_status::success;
      });
}

Result<int> list_holds(const Arguments& arguments, const Streams& streams) {
  return find_mount(arguments.mount).and_then(read_holds).map([&](const std::vector<Hold>& holds) {
    streams.out << (arguments.json ? holds_as_json(holds) : holds_as_table(holds));
    return exit_status::success;
  });
}

Result<int> show_lock(const Arguments& arguments, const Streams& streams) {
  const auto lock = find_lock(arguments.subject, arguments.mount);
  if (!lock) return tl::make_unexpected(lock.error());
  const auto text = read_file(arguments.json ? lock->json_path() : lock->path());
  if (!text) return tl::make_unexpected(open_failure(*lock, text.error()));
  streams.out << *text;
  return exit_status::success;
}

}  // namespace lockfs

#include "tools/history.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "fs/clock.h"
#include "tools/event_filter.h"
#include "tools/event_stream.h"
#include "tools/history_lines.h"
#include "tools/moment.h"
#include "tools/mount.h"

namespace lockfs {
namespace {

Result<EventFilter> filter_of(const Arguments& arguments) {
  EventFilter filter;
  filter.user = arguments.user;
  if (!arguments.subject.empty()) {
    const auto lock = find_lock(arguments.subject, arguments.mount);
    if (!lock) return tl::make_unexpected(lock.error());
    filter.lock = lock->name;
  }
  if (arguments.since.empty()) return filter;
  filter.since = parse_since(arguments.since, wall_now());
  if (filter.since) return filter;
  return failure(exit_status::usage,
                 "\"" + arguments.since +
                     "\" is no time: say 2026-11-21, 2026-11-21T10:04, 10:04 or how long ago, 90m");
}

// Prints the lines that the filter lets through.
class Printer {
 public:
  Printer(const Arguments& arguments, EventFilter filter, const Streams& streams)
      : json_(arguments.json), filter_(std::move(filter)), out_(streams.out) {}

  // False once the output cannot be written any more.
  bool print(std::string_view line) {
    if (!filter_.passes(line)) return true;
    if (json_) {
      out_ << line << "\n";
    } else {
      if (!std::exchange(begun_, true)) out_ << event_header();
      out_ << event_as_text(line);
    }
    return static_cast<bool>(out_);
  }
  bool flush() { return static_cast<bool>(out_.flush()); }

 private:
  bool json_;
  bool begun_ = false;
  EventFilter filter_;
  std::ostream& out_;
};

// What the daemon remembers of itself, and where the history is, if it keeps one.
struct Remembered {
  std::string history;
  std::vector<std::string> lines;
};

Result<Remembered> remembered(const std::string& mount) {
  auto stream = EventStream::open(mount, 1, false);
  if (!stream) return tl::make_unexpected(stream.error());
  Remembered all;
  const auto done = stream->read([&](std::string_view line) {
    const auto event = nlohmann::json::parse(line, nullptr, false);
    if (event.is_object() && event.value("event", "") == "start") {
      if (event["history"].is_string()) all.history = event["history"];
    } else if (!event.is_object() || event.value("event", "") != "missed") {
      all.lines.emplace_back(line);
    }
    return true;
  });
  if (!done) return tl::make_unexpected(done.error());
  return all;
}

// The files first, then what is too new to stand there. A line that stands there twice, because
// somebody was killed, is printed once.
Result<int> print_all(const Remembered& all, Printer& printer) {
  std::string last;
  if (!all.history.empty()) {
    auto read = read_history(all.history, [&](std::string_view line) {
      if (line == last) return;
      printer.print(line);
      last = line;
    });
    if (!read) return read;
  }
  const auto known = std::find(all.lines.begin(), all.lines.end(), last);
  for (auto line = known == all.lines.end() ? all.lines.begin() : known + 1;
       line != all.lines.end(); ++line) {
    printer.print(*line);
  }
  return exit_status::success;
}

}  // namespace

Result<int> show_events(const Arguments& arguments, const Streams& streams) {
  const auto mount = find_mount(arguments.mount);
  if (!mount) return tl::make_unexpected(mount.error());
  auto filter = filter_of(arguments);
  if (!filter) return tl::make_unexpected(filter.error());
  auto stream = EventStream::open(*mount, arguments.from, true);
  if (!stream) return tl::make_unexpected(stream.error());
  Printer printer(arguments, *filter, streams);
  return stream->read(
      [&](std::string_view line) { return printer.print(line) && printer.flush(); });
}

Result<int> show_history(const Arguments& arguments, const Streams& streams) {
  const auto mount = find_mount(arguments.mount);
  if (!mount) return tl::make_unexpected(mount.error());
  const auto filter = filter_of(arguments);
  if (!filter) return tl::make_unexpected(filter.error());
  const auto all = remembered(*mount);
  if (!all) return tl::make_unexpected(all.error());
  if (all->history.empty() && !arguments.json) {
    streams.err << "lockctl: no history is kept (history = FILE in the configuration does that): "
                   "these are the latest events"
                << std::endl;
  }
  Printer printer(arguments, *filter, streams);
  return print_all(*all, printer);
}

}  // namespace lockfs

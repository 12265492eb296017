// loto (lock-out, tag-out): a cron job's command, run only while nobody else has its locks.
#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "fs/descriptor.h"
#include "tools/child.h"
#include "tools/compat/loto_locks.h"
#include "tools/compat/program.h"
#include "tools/compat/text.h"
#include "tools/errno_words.h"
#include "tools/lock_wait.h"
#include "tools/option_value.h"

namespace lockfs::compat {
namespace {

constexpr Option loto_options[] = {
    {.name = "L",
     .value = "LOCK",
     .help = "The lock: a path, or the name of a resource; again: all of them or none"},
    {.name = "q", .value = "", .help = "Say nothing when the lock is busy"},
    {.name = "v", .value = "", .help = "Say what is done"},
    {.name = "w", .value = "", .help = "Wait for the lock"},
    {.name = "t", .value = "SECS", .help = "Wait so many seconds at most (as -w besides)"},
};

class Diary {
 public:
  Diary(const Line& line, const Streams& streams)
      : verbose_(line.on("v")), quiet_(line.on("q")), err_(streams.err) {}
  void play(const std::string& words) const {
    if (verbose_) say(words);
  }
  // Not tragic.
  void busy(const std::string& words) const {
    if (!quiet_) say(words);
  }
  void warn(const std::string& words) const { say(words); }

 private:
  void say(const std::string& words) const { err_ << "loto: " << words << std::endl; }

  bool verbose_;
  bool quiet_;
  std::ostream& err_;
};

Result<LotoFile> chosen_file(const Line& line, const Diary& diary) {
  const auto typed = line.values("L");
  if (typed.empty()) return failure(exit_status::usage, "no lock was given; see 'loto --help'");
  const auto mount = loto_mount();
  const bool needs_mount = std::any_of(typed.begin(), typed.end(), is_resource);
  if (!mount && needs_mount) return tl::make_unexpected(mount.error());
  std::vector<LotoFile> files;
  for (const auto& each : typed) {
    auto file = loto_file(each, mount.value_or(std::nullopt));
    if (!file) return file;
    files.push_back(std::move(*file));
  }
  if (files.size() == 1) return files.front();
  if (auto all = all_of(files)) return std::move(*all);
  diary.warn("several locks that are not all of one lockfs mount: only the last, " +
             files.back().path + ", is taken");
  return files.back();
}

// O_CREAT on somebody else's file in a sticky folder is refused, though the file may be opened.
Result<Descriptor> open_file(const LotoFile& file) {
  constexpr int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  Descriptor fd(::open(file.path.c_str(), flags));
  if (!fd && errno == ENOENT) fd.reset(::open(file.path.c_str(), flags | O_CREAT, 0666));
  if (fd) return fd;
  if (!file.mount.empty()) {
    return tl::make_unexpected(open_failure({file.name, file.mount, file.name}, errno));
  }
  return failure(exit_status::no_input, file.path + ": " + std::strerror(errno));
}

Failure not_locked(const LotoFile& file, int error) {
  if (!file.mount.empty()) return lock_failure({file.name, file.mount, file.name}, error);
  return {exit_status::not_locked, file.path + " was not locked: " + std::strerror(error)};
}

// How long to wait; none: not at all.
struct Patience {
  bool waits = false;
  std::optional<std::chrono::microseconds> limit;
};

Result<Patience> patience_of(const Line& line) {
  const auto text = line.value("t");
  if (!text) return Patience{line.on("w"), std::nullopt};
  const auto limit = parse_seconds(*text);
  if (!limit) return failure(exit_status::usage, "\"" + *text + "\" is no number of seconds");
  return Patience{limit->count() > 0, limit};
}

LockAttempt acquire(int fd, const LotoFile& file, const Patience& patience, const Diary& diary) {
  diary.play("locking " + file.path);
  const auto attempt = try_lock(fd, false);
  if (attempt.outcome != LockOutcome::conflict || !patience.waits) return attempt;
  diary.play(file.path + " is busy; waiting for it");
  return wait_for_lock(fd, false, patience.limit);
}

// A lock of a mount may be taken away; the command is not to go on without it.
Result<int> run(const std::vector<std::string>& command, int fd, const LotoFile& file,
                const Diary& diary) {
  diary.play("locked " + file.path + "; running " + join(command));
  LossWatch watch;
  if (!file.mount.empty()) watch.fd = fd;
  watch.on_loss = [&] { diary.warn(file.path + " was taken away; the command gets SIGTERM"); };
  const auto end = run_child(command, {}, watch);
  if (!end) return tl::make_unexpected(end.error());
  diary.play("the command ended with status " + std::to_string(end->status));
  return end->lost_lock ? exit_status::lost : end->status;
}

Result<int> loto(const Line& line, const Streams& streams) {
  const Diary diary(line, streams);
  if (line.words.empty()) return failure(exit_status::usage, "no command; see 'loto --help'");
  const auto patience = patience_of(line);
  if (!patience) return tl::make_unexpected(patience.error());
  const auto file = chosen_file(line, diary);
  if (!file) return tl::make_unexpected(file.error());
  const auto fd = open_file(*file);
  if (!fd) return tl::make_unexpected(fd.error());
  const auto attempt = acquire(fd->get(), *file, *patience, diary);
  switch (attempt.outcome) {
    case LockOutcome::failed:
      return tl::make_unexpected(not_locked(*file, attempt.error));
    case LockOutcome::conflict:
      diary.busy(file->path + " is busy; the command was not run");
      return exit_status::success;
    case LockOutcome::locked:
      break;
  }
  return run(line.words, fd->get(), *file, diary);
}

}  // namespace

const Program loto_program = {
    .name = "loto", .words = "-- COMMAND...", .options = loto_options, .run = loto};

}  // namespace lockfs::compat

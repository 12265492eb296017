#include "tools/run_locked.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/table_view.h"
#include "fs/descriptor.h"
#include "tools/child.h"
#include "tools/errno_words.h"
#include "tools/grant.h"
#include "tools/live_wait.h"
#include "tools/lock_files.h"
#include "tools/lock_request.h"
#include "tools/lock_wait.h"
#include "tools/loss.h"
#include "tools/signal_name.h"

namespace lockfs {
namespace {

// Opened as flock(1) does, so that a name that is not there yet becomes a dynamic lock. A note is
// written to the descriptor that holds the lock; who may not write may not lock, and is told so
// when locking.
Result<Descriptor> open_lock(const LockFile& lock, bool with_note) {
  constexpr int flags = O_CREAT | O_CLOEXEC | O_NOCTTY;
  if (with_note) {
    Descriptor fd(::open(lock.path().c_str(), flags | O_RDWR, 0666));
    if (fd || errno != EACCES) {
      if (fd) return fd;
      return tl::make_unexpected(open_failure(lock, errno));
    }
  }
  Descriptor fd(::open(lock.path().c_str(), flags | O_RDONLY, 0666));
  if (!fd) return tl::make_unexpected(open_failure(lock, errno));
  return fd;
}

LockAttempt wait_live(int fd, const LockFile& lock, const Arguments& arguments,
                      const Streams& streams) {
  LiveWait live(lock, streams.err);
  const auto attempt =
      wait_for_lock(fd, arguments.shared, arguments.wait,
                    {[&] { live.look(); }, [&] { live.came_back(); }, [&] { live.erase(); }});
  live.erase();
  return attempt;
}

LockAttempt acquire(int fd, const LockFile& lock, const Arguments& arguments,
                    const Streams& streams) {
  const auto attempt = try_lock(fd, arguments.shared);
  const bool only_try = arguments.nonblock || arguments.wait == std::chrono::microseconds(0);
  if (attempt.outcome != LockOutcome::conflict || only_try) return attempt;
  if (streams.live && in_foreground()) return wait_live(fd, lock, arguments, streams);
  const auto states = read_locks(lock.mount, lock_names(lock));
  streams.err << waiting_line(lock.typed, states) << std::endl;
  return wait_for_lock(fd, arguments.shared, arguments.wait);
}

void write_note(int fd, const std::string& note, const Streams& streams) {
  if (note.empty()) return;
  const auto written = ::write(fd, note.data(), note.size());
  if (written == static_cast<ssize_t>(note.size())) return;
  streams.err << "lockctl: warning: the note was not taken: "
              << (written < 0 ? std::strerror(errno) : "it is too long") << std::endl;
}

// Whether the mount is dead: a lock that was broken can still be read.
bool is_daemon_gone(int fd) {
  char byte = 0;
  return ::pread(fd, &byte, 1, 0) < 0 && (errno == ENOTCONN || errno == ECONNABORTED);
}

// "s3esk was taken away by root: gone home"
std::string what_was_lost(int fd, const LockFile& lock, std::uint64_t token) {
  if (is_daemon_gone(fd)) {
    return "the lockfs daemon of " + lock.mount + " is gone, and with it " + lock.typed;
  }
  std::string text = lock.typed + " was taken away";
  const auto loss = find_loss(lock.mount, token);
  if (loss && !loss->user.empty()) text += " by " + as_word(loss->user);
  return loss && !loss->reason.empty() ? text + ": " + as_text(loss->reason) : text;
}

std::string what_happens_now(int signal) {
  return signal == 0 ? "the command goes on without it" : "the command gets " + signal_name(signal);
}

Result<int> run_under(int fd, const LockFile& lock, const Arguments& arguments,
                      const Streams& streams) {
  const auto grant = read_grant(lock);
  if (!grant) return tl::make_unexpected(grant.error());
  write_note(fd, arguments.note, streams);
  LossWatch watch;
  watch.fd = fd;
  watch.signal = arguments.on_break.number;
  watch.on_loss = [&] {
    // In one piece: the command writes there too.
    const std::string line = "lockctl: " + what_was_lost(fd, lock, grant->token) + "; " +
                             what_happens_now(watch.signal) + "\n";
    streams.err << line << std::flush;
  };
  return run_child(arguments.command,
                   {"LOCKFS_LOCK=" + lock.name, "LOCKFS_UNITS=" + grant->units,
                    "LOCKFS_TOKEN=" + std::to_string(grant->token)},
                   watch)
      .map([](const ChildEnd& end) { return end.lost_lock ? exit_status::lost : end.status; });
}

}  // namespace

Result<int> run_locked(const Arguments& arguments, const Streams& streams) {
  const auto lock = find_request(arguments.expressions, arguments.mount);
  if (!lock) return tl::make_unexpected(lock.error());
  const auto fd = open_lock(*lock, !arguments.note.empty());
  if (!fd) return tl::make_unexpected(fd.error());
  const auto attempt = acquire(fd->get(), *lock, arguments, streams);
  switch (attempt.outcome) {
    case LockOutcome::failed:
      return tl::make_unexpected(lock_failure(*lock, attempt.error));
    case LockOutcome::conflict:
      return arguments.conflict_status;
    case LockOutcome::locked:
      break;
  }
  return run_under(fd->get(), *lock, arguments, streams);
}

}  // namespace lockfs

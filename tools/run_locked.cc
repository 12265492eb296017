#include "tools/run_locked.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "fs/descriptor.h"
#include "tools/child.h"
#include "tools/errno_words.h"
#include "tools/files.h"
#include "tools/holds.h"
#include "tools/lock_wait.h"
#include "tools/mount.h"

namespace lockfs {
namespace {

// Opened as flock(1) does, so that a name that is not there yet becomes a dynamic lock.
Result<Descriptor> open_lock(const LockFile& lock) {
  Descriptor fd(::open(lock.path().c_str(), O_RDONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666));
  if (!fd) return tl::make_unexpected(open_failure(lock, errno));
  return fd;
}

std::optional<std::vector<Hold>> read_holds(const LockFile& lock) {
  const auto text = read_file(lock.json_path());
  return text ? holds_of_lock(*text) : std::nullopt;
}

// "waiting for NAME (held by USER, pid PID, since TIME)"
std::string waiting_line(const LockFile& lock) {
  std::string line = "waiting for " + lock.typed;
  const auto holds = read_holds(lock).value_or(std::vector<Hold>());
  if (holds.empty()) return line;
  const auto& first = holds.front();
  const auto others = holds.size() - 1;
  return line + " (held by " + first.user +
         (first.pid ? ", pid " + std::to_string(*first.pid) : "") + ", since " + local_time(first) +
         (others == 0 ? "" : ", and " + std::to_string(others) + " more") + ")";
}

LockAttempt acquire(int fd, const LockFile& lock, const Arguments& arguments,
                    const Streams& streams) {
  const auto attempt = try_lock(fd, arguments.shared);
  const bool only_try = arguments.nonblock || arguments.wait == std::chrono::microseconds(0);
  if (attempt.outcome != LockOutcome::conflict || only_try) return attempt;
  streams.err << waiting_line(lock) << std::endl;
  return wait_for_lock(fd, arguments.shared, arguments.wait);
}

// Units and token of what this process was granted last: nothing if the mount does not show it.
struct Grant {
  std::uint64_t token = 0;
  std::string units;  // joined by blanks
};

bool is_ours(const Hold& hold) { return hold.pid == ::getpid() && hold.via == "flock"; }

std::optional<Grant> find_grant(const std::vector<Hold>& holds) {
  std::optional<Grant> grant;
  for (const auto& hold : holds) {
    if (!is_ours(hold) || (grant && hold.token < grant->token)) continue;
    if (!grant || hold.token > grant->token) grant = Grant{hold.token, ""};
    grant->units += (grant->units.empty() ? "" : " ") + hold.unit;
  }
  return grant;
}

// A command that is to use a board must not run without knowing which one it got.
Result<Grant> read_grant(const LockFile& lock) {
  const auto holds = read_holds(lock);
  auto grant = holds ? find_grant(*holds) : std::nullopt;
  if (grant) return std::move(*grant);
  return failure(exit_status::unavailable, lock.json_path() + " does not show what process " +
                                               std::to_string(::getpid()) + " got of " +
                                               lock.typed + "; the command was not run");
}

Result<int> run_under(const LockFile& lock, const Arguments& arguments) {
  return read_grant(lock).and_then([&](const Grant& grant) {
    return run_child(arguments.command, {"LOCKFS_LOCK=" + lock.name, "LOCKFS_UNITS=" + grant.units,
                                         "LOCKFS_TOKEN=" + std::to_string(grant.token)});
  });
}

}  // namespace

Result<int> run_locked(const Arguments& arguments, const Streams& streams) {
  const auto lock = find_lock(arguments.subject, arguments.mount);
  if (!lock) return tl::make_unexpected(lock.error());
  const auto fd = open_lock(*lock);
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
  return run_under(*lock, arguments);
}

}  // namespace lockfs

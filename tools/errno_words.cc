#include "tools/errno_words.h"

#include <cerrno>
#include <cstring>

#include "tools/missing.h"

namespace lockfs {
namespace {

std::string daemon_of(const std::string& mount) { return "the lockfs daemon of " + mount; }

// A user's own mount keeps out everyone else, root too.
Failure closed_failure(const std::string& mount) {
  return {exit_status::no_input, "you may not look into " + mount + ": it is another user's mount"};
}

Failure gone_failure(const std::string& mount) {
  return {exit_status::no_input, daemon_of(mount) + " is not running"};
}

}  // namespace

Failure open_failure(const LockFile& lock, int error) {
  switch (error) {
    case ENOENT:
      return {exit_status::no_input, explain_missing(lock)};
    case EACCES:
      return {exit_status::no_input, explain_missing(lock) + ", and you may not make one"};
    case ENODEV:
      return {exit_status::no_input, lock.typed + " was taken out of the configuration"};
    case ECANCELED:
      return {exit_status::no_input, daemon_of(lock.mount) + " is shutting down"};
    case ENOTCONN:
      return gone_failure(lock.mount);
    case EMFILE:
    case ENFILE:
    case ENOLCK:
    case ENOMEM:
      return {exit_status::system,
              lock.typed + " cannot be opened: a limit is reached (" + std::strerror(error) + ")"};
    default:
      return {exit_status::no_input, lock.typed + ": " + std::strerror(error)};
  }
}

Failure mount_failure(const std::string& mount, int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return {exit_status::no_input, mount + " is not a lockfs mount"};
    case EACCES:
      return closed_failure(mount);
    case ENOTCONN:
      return gone_failure(mount);
    default:
      return {exit_status::io, mount + ": " + std::strerror(error)};
  }
}

Failure lock_failure(const LockFile& lock, int error) {
  switch (error) {
    case EACCES:
      return {exit_status::not_locked, "you may not lock " + lock.typed};
    case ENODEV:
      return {exit_status::not_locked, lock.typed + " was taken out of the configuration"};
    case ECANCELED:
      return {exit_status::not_locked, daemon_of(lock.mount) + " is shutting down"};
    case EDEADLK:
      return {exit_status::not_locked,
              lock.typed + " was not locked: whoever holds it waits for a lock of this command's " +
                  "family (a deadlock)"};
    case ENOLCK:
      return {exit_status::system,
              lock.typed + " was not locked: too many wait already (the limits max_waiters and " +
                  "max_waiters_per_user)"};
    case ENOMEM:
      return {exit_status::system, lock.typed + " was not locked: out of memory"};
    default:
      return {exit_status::not_locked, lock.typed + " was not locked: " + std::strerror(error)};
  }
}

}  // namespace lockfs

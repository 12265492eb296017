// Why a command could not do its work: the exit status and the sentence for the person who typed
// it.
//
// The numbers are those of <sysexits.h>, as flock(1)'s are; lockctl(1) lists them.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace lockfs {

namespace exit_status {
inline constexpr int success = 0;
inline constexpr int refused = 1;      // a conflict, a fault in a configuration, refused unsaid why
inline constexpr int usage = 64;       // EX_USAGE
inline constexpr int not_locked = 65;  // EX_DATAERR, as flock(1)
inline constexpr int no_input = 66;    // EX_NOINPUT: no mount, no such lock, no such file
inline constexpr int unavailable = 69;  // EX_UNAVAILABLE: the command was not run
inline constexpr int system = 71;       // EX_OSERR: a limit, no memory, no more processes
inline constexpr int io = 74;           // EX_IOERR
inline constexpr int busy = 75;         // EX_TEMPFAIL: somebody uses it
inline constexpr int lost = 76;         // EX_PROTOCOL: the lock was lost while the command ran
inline constexpr int permission = 77;   // EX_NOPERM
inline constexpr int config = 78;       // EX_CONFIG: the configuration has faults
inline constexpr int signalled = 128;   // plus the number of the signal that ended the command
}  // namespace exit_status

struct Failure {
  int status = exit_status::refused;
  std::string message;
};

template <class Value>
using Result = tl::expected<Value, Failure>;

inline tl::unexpected<Failure> failure(int status, std::string message) {
  return tl::make_unexpected(Failure{status, std::move(message)});
}

}  // namespace lockfs

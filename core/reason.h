// Why a request came out as it did: core's errors. fs/errno.h turns them into errno at the kernel's
// door, views and tools into sentences.
#pragma once

#include <cstdint>
#include <string_view>

namespace lockfs {

enum class Reason : std::uint8_t {
  none,            // it was done
  would_block,     // asked not to wait, and it would have to
  interrupted,     // the caller's wait was broken by a signal; its place is kept
  permission,      // the caller may not lock this, or no longer
  not_allowed,     // the caller may not give this command
  gone,            // the lock, board or address was taken out of the configuration
  unknown,         // there is no such lock, board or address
  stale,           // the name behind this node is gone: look it up again
  invalid,         // malformed
  busy,            // somebody uses it
  too_many_opens,  // a limit on open files
  limit,           // a limit on waiters, locks or byte ranges
  deadlock,        // it would wait for somebody who waits for it
  shutting_down,   // the daemon is leaving
  replaced,        // the same user asked again, and got the place
  last = replaced
};

// One word, as above: `would_block`.
std::string_view to_string(Reason reason);

}  // namespace lockfs

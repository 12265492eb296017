// Which mount a command is about, and which lock on it.
//
// The mount is what was asked for (--mount, LOCKFS_MOUNT), else the one lockfs mount there is. A
// lock is a name, or the path of its file on any lockfs mount; in an address behind an "@", bytes
// that would have to be percent-encoded may also stand as they are. Reads /proc; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/failure.h"

namespace lockfs {

// The one of `mounts` to use when none was asked for.
Result<std::string> only_mount(const std::vector<std::string>& mounts);

// `asked` is --mount's value; empty: look further.
Result<std::string> find_mount(const std::string& asked);

struct LockFile {
  std::string typed;  // as the user wrote it, for messages
  std::string mount;
  std::string name;  // of the file

  std::string path() const { return mount + "/" + name; }
  std::string json_path() const { return mount + "/.json/" + name; }
};

// What a word that names a lock may be: NAME, also NAME@UNIT, or any expression.
enum class Naming : std::uint8_t { plain, unit, expression };

Result<LockFile> find_lock(const std::string& typed, const std::string& asked_mount,
                           Naming naming = Naming::plain);

}  // namespace lockfs

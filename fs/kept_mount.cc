#include "fs/kept_mount.h"

#include <fcntl.h>
#include <poll.h>

#include "fs/journal.h"

namespace lockfs {
namespace {

// /dev/fuse says so of a mount that was taken away.
bool is_unmounted(const Descriptor& fuse) {
  pollfd source{fuse.get(), POLLIN, 0};
  return ::poll(&source, 1, 0) == 1 && (source.revents & (POLLERR | POLLNVAL)) != 0;
}

}  // namespace

// Whoever serves it owns the journal (Journal::own).
bool is_served(const Holdings& kept) {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return ::fcntl(kept.journal.get(), F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

KeptFault find_fault(const Holdings& kept, const std::string& mount_point) {
  if (is_unmounted(kept.fuse)) return {"it was unmounted meanwhile"};
  std::string error;
  auto journal = Journal::open(kept.journal.get(), error);
  std::unique_ptr<Engine> engine;
  if (!journal) return {error, true};
  if (!journal->replay(engine)) return {"its journal is damaged", true};
  const std::string& kept_on = journal->settings().mount_point;
  return {kept_on == mount_point ? "" : "it is on " + kept_on};
}

}  // namespace lockfs

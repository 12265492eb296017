#include "fs/lock_request.h"

#include <fcntl.h>

namespace lockfs {
namespace {

bool is_flock(const fuse_lk_in& body) { return (body.lk_flags & FUSE_LK_FLOCK) != 0; }

std::optional<Mode> mode_of(const fuse_file_lock& lock) {
  if (lock.type == F_UNLCK) return std::nullopt;
  return lock.type == F_RDLCK ? Mode::shared : Mode::exclusive;
}

}  // namespace

LockRequest lock_request(RawRequestView request) {
  const auto header = header_of(request);
  const auto body = body_of<fuse_lk_in>(request);
  LockRequest asked;
  asked.unique = header.unique;
  asked.node = NodeId{header.nodeid};
  asked.handle = HandleId{body.fh};
  asked.owner = is_flock(body) ? OwnerKey{Via::flock, asked.node, body.fh}
                               : OwnerKey{Via::fcntl, asked.node, body.owner};
  asked.mode = mode_of(body.lk);
  asked.wait = header.opcode == FUSE_SETLKW;
  if (!is_flock(body)) asked.bytes = {body.lk.start, body.lk.end};
  asked.thread = static_cast<pid_t>(header.pid);
  // Of who only asks the kernel names no process.
  asked.process = header.opcode == FUSE_GETLK ? asked.thread : static_cast<pid_t>(body.lk.pid);
  return asked;
}

LockAnswer lock_answer(std::uint64_t unique, const fuse_file_lock& lock) {
  LockAnswer answer{status_answer(unique, 0), {lock}};
  answer.header.len = sizeof answer;
  return answer;
}

}  // namespace lockfs

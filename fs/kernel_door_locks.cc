// The kernel's door: flock(2), fcntl(2), and the FLUSH of a close, which gives up a process's fcntl
// locks.
//
// FUSE shows of an fcntl lock its owner, by a number: of F_SETLK the process, of F_OFD_SETLK the
// open file description. They need not be told apart: of the process a FLUSH says when it closed
// the file (but for files open for reading only, which have none: open_flags()), and what was
// locked through a descriptor goes with its RELEASE.
#include <fcntl.h>

#include <cerrno>

#include "fs/clock.h"
#include "fs/errno_of.h"
#include "fs/kernel_door.h"
#include "fs/processes.h"

namespace lockfs {
namespace {

OwnerKey fcntl_owner(NodeId node, const fuse_file_info& file) {
  return {Via::fcntl, node, file.lock_owner};
}

// libfuse gives the kernel's first and last byte as a start and a length, of which 0 is to the end.
ByteRange bytes_of(const struct flock& lock) {
  const auto first = static_cast<std::uint64_t>(lock.l_start);
  if (lock.l_len == 0) return {first, ByteRange{}.last};
  return {first, first + static_cast<std::uint64_t>(lock.l_len) - 1};
}

Mode mode_of(const struct flock& lock) {
  return lock.l_type == F_RDLCK ? Mode::shared : Mode::exclusive;
}

}  // namespace

// A view has no lock. Whoever closes one gives up all that fcntl(2) may have got of it.
void KernelDoor::set_lock(const LockRequest& asked) {
  service_.pending().add_status(current_, asked.unique);
  if (view_kind(asked.node) != ViewKind::none) {
    const bool gives_up = !asked.mode && asked.owner.via == Via::fcntl;
    service_.pending().fail(current_, gives_up ? 0 : EOPNOTSUPP);
  } else if (asked.mode) {
    acquire(asked);
  } else {
    service_.post(event::Release{current_, asked.handle, asked.owner, asked.thread, asked.bytes});
  }
}

// A process's start is looked up only where it can matter, which is rare (core/kin.h).
void KernelDoor::acquire(const LockRequest& asked) {
  event::Acquire event{current_,
                       asked.handle,
                       asked.owner,
                       *asked.mode,
                       asked.wait,
                       asked.thread,
                       {asked.process, boot_now(), 0},
                       asked.bytes};
  if (service_.engine().any_kin(event)) {
    event.asker.started = start_of(asked.process).value_or(0);
  }
  service_.post(event);
  note_wait(current_, asked.thread);
}

void KernelDoor::note_wait(RequestId id, pid_t thread) {
  if (on_wait && service_.engine().is_waiting(id)) on_wait(id, thread);
}

void KernelDoor::get_lock(fuse_req_t req, NodeId node, const fuse_file_info& file,
                          const struct flock& lock) {
  if (view_kind(node) != ViewKind::none) {
    fuse_reply_err(req, EOPNOTSUPP);
    return;
  }
  const pid_t thread = fuse_req_ctx(req)->pid;
  event::Acquire event{
      RequestId::none, HandleId{file.fh},       fcntl_owner(node, file), mode_of(lock), false,
      thread,          {thread, boot_now(), 0}, bytes_of(lock)};
  if (service_.engine().any_kin(event)) {
    event.asker.started = start_of(thread).value_or(0);
  }
  const Claim* in_the_way = nullptr;
  const Reason reason = service_.engine().probe(event, in_the_way);
  if (in_the_way != nullptr) return reply_holder(req, *in_the_way);
  if (reason != Reason::none) {
    fuse_reply_err(req, errno_of(reason));
    return;
  }
  struct flock free = lock;
  free.l_type = F_UNLCK;
  fuse_reply_lock(req, &free);
}

// The whole file: that is what the holder has to itself. Its process is looked for elsewhere.
void KernelDoor::reply_holder(fuse_req_t req, const Claim& holder) {
  struct flock held {};
  held.l_type = holder.mode == Mode::exclusive ? F_WRLCK : F_RDLCK;
  held.l_whence = SEEK_SET;
  const RequestId id = current_;
  expect_answer(req, ReplyForm::status);
  const bool looking = views_.find_process(holder, [this, id, held](pid_t process) mutable {
    held.l_pid = process;
    if (fuse_req_t request = service_.pending().take(id)) fuse_reply_lock(request, &held);
  });
  if (!looking) service_.pending().fail(id, EAGAIN);
}

void KernelDoor::flush(const CloseRequest& close) {
  const Engine& engine = service_.engine();
  service_.pending().add_status(current_, close.unique);
  if (engine.holds(close.owner) || engine.kept_answer(current_) != nullptr) {
    service_.post(event::Release{current_, close.handle, close.owner, close.thread});
  } else {
    service_.pending().fail(current_, 0);
  }
}

}  // namespace lockfs

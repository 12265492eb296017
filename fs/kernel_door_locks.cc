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

bool is_view(const LockRequest& asked) { return view_kind(asked.node) != ViewKind::none; }

}  // namespace

// A view has no lock. Whoever closes one gives up all that fcntl(2) may have got of it.
void KernelDoor::set_lock(const LockRequest& asked) {
  service_.pending().add_status(current_, asked.unique);
  if (is_view(asked)) {
    const bool gives_up = !asked.mode && asked.owner.via == Via::fcntl;
    service_.pending().fail(current_, gives_up ? 0 : EOPNOTSUPP);
  } else if (asked.mode) {
    acquire(asked);
  } else {
    service_.post(event::Release{current_, asked.handle, asked.owner, asked.thread, asked.bytes});
  }
}

void KernelDoor::acquire(const LockRequest& asked) {
  service_.post(acquire_by(asked));
  note_wait(current_, asked.thread);
}

// A process's start is looked up only where it can matter, which is rare (core/kin.h).
event::Acquire KernelDoor::acquire_by(const LockRequest& asked) const {
  event::Acquire event{current_,
                       asked.handle,
                       asked.owner,
                       asked.mode.value_or(Mode::exclusive),
                       asked.wait,
                       asked.thread,
                       {asked.process, boot_now(), 0},
                       asked.bytes};
  if (service_.engine().any_kin(event)) {
    event.asker.started = start_of(asked.process).value_or(0);
  }
  return event;
}

void KernelDoor::note_wait(RequestId id, pid_t thread) {
  if (on_wait && service_.engine().is_waiting(id)) on_wait(id, thread);
}

void KernelDoor::get_lock(const LockRequest& asked) {
  Pending& pending = service_.pending();
  pending.add_status(current_, asked.unique);
  if (is_view(asked)) return pending.fail(current_, EOPNOTSUPP);
  const Claim* in_the_way = nullptr;
  const Reason reason = service_.engine().probe(acquire_by(asked), in_the_way);
  if (in_the_way != nullptr) return tell_holder(*in_the_way);
  if (reason != Reason::none) return pending.fail(current_, errno_of(reason));
  pending.tell_lock(current_, {asked.bytes.first, asked.bytes.last, F_UNLCK, 0});
}

// The whole file: that is what the holder has to itself. Its process is looked for elsewhere.
void KernelDoor::tell_holder(const Claim& holder) {
  const ByteRange all;
  const std::uint32_t type = holder.mode == Mode::exclusive ? F_WRLCK : F_RDLCK;
  const bool looking = views_.find_process(holder, [this, id = current_, all, type](pid_t process) {
    service_.pending().tell_lock(id,
                                 {all.first, all.last, type, static_cast<std::uint32_t>(process)});
  });
  if (!looking) service_.pending().fail(current_, EAGAIN);
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

// The kernel's door: the files under .hold/, which are held as long as they are open.
#include <fcntl.h>

#include "fs/kernel_door.h"
#include "fs/nodes.h"

namespace lockfs {
namespace {

event::Hold hold_request(RequestId id, const Client& client, const fuse_file_info& file) {
  event::Hold hold;
  hold.id = id;
  hold.client = client;
  hold.mode = (file.flags & O_ACCMODE) == O_RDONLY ? Mode::shared : Mode::exclusive;
  hold.wait = (file.flags & O_NONBLOCK) == 0;
  return hold;
}

// fcntl(2) locks are not for these, so nobody needs to know of a close before the last.
fuse_file_info hold_flags(const fuse_file_info& file) {
  fuse_file_info answered = file;
  answered.direct_io = 1;
  answered.noflush = 1;
  return answered;
}

}  // namespace

void KernelDoor::open_to_hold(fuse_req_t req, NodeId node, const fuse_file_info& file) {
  const RequestId id = current_;
  auto hold = hold_request(id, client_of(req), file);
  hold.node = shown_lock(node);
  expect_answer(req, ReplyForm::open, hold_flags(file));
  service_.post(hold);
  note_wait(id, hold.client.thread);
}

// Answered at once, in any case: the kernel has the folder locked.
void KernelDoor::create_to_hold(fuse_req_t req, const char* name, const fuse_file_info& file) {
  auto hold = hold_request(current_, client_of(req), file);
  hold.name = name;
  service_.pending().add(current_, {req, ReplyForm::create, hold_flags(file), 0, ViewKind::hold});
  service_.post(hold);
}

// The units, one a line; of an expression with the lock's name before each.
std::string KernelDoor::held_text(const Handle& handle) const {
  std::string text;
  for (const auto& held : service_.engine().units_of(handle.id)) {
    if (handle.expression != nullptr) text += held.lock + " ";
    text += held.unit + "\n";
  }
  return text;
}

}  // namespace lockfs

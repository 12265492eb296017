// The kernel's requests that are not answered yet: how to answer each when its answer comes.
//
// Requests are known by the kernel's `unique` without bit 63 (which marks a request that was sent
// again); libfuse keeps the number as received and answers with it. Only for whoever has the turn
// (loop.h).
#pragma once

#include <fuse_lowlevel.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "core/effect.h"
#include "core/types.h"
#include "fs/nodes.h"

namespace lockfs {

enum class ReplyForm : std::uint8_t { status, open, create, write };

class Pending {
 public:
  struct Request {
    fuse_req_t request = nullptr;
    ReplyForm form = ReplyForm::status;
    fuse_file_info file{};           // open, create: with the flags to answer
    std::size_t written = 0;         // write
    ViewKind view = ViewKind::none;  // create: what the new node is of the lock
  };

  void add(RequestId id, const Request& request);
  bool contains(RequestId id) const { return id == latest_id_ || requests_.contains(id); }

  // Takes the request out, for whoever answers it in a form of its own; nullptr if it is not here.
  fuse_req_t take(RequestId id);

  // Answers as the engine says. False if nobody is there any more to get it.
  bool deliver(const Answer& answer, const struct stat& created);
  // Fails it with an errno; nothing happens if it is not here.
  void fail(RequestId id, int error);
  // The same of every one that is here: the mount is being left.
  void fail_all(int error);

  // From now on a signal to the caller puts the request on the list of interrupted ones.
  void allow_interrupt(RequestId id);
  std::vector<RequestId> take_interrupted();

 private:
  // One that has to wait: as small as can be, for there may be many.
  struct Waiting {
    fuse_req_t request;
    std::unique_ptr<const Request> whole;  // nullptr: it is to be told no more than that it is done
    Pending* interruptible_in;             // nullptr: a signal means nothing to it
  };
  using WaitingRequests = std::unordered_map<RequestId, Waiting>;
  static void interrupted(fuse_req_t request, void* data);

  std::optional<Request> remove(RequestId id);
  void keep_latest();

  // Most are answered before the next one comes.
  RequestId latest_id_ = RequestId::none;
  Request latest_;
  WaitingRequests requests_;  // the others
  std::vector<RequestId> interrupted_;
};

}  // namespace lockfs

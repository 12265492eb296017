// The requests that are not answered yet: how to answer each when its answer comes.
//
// Requests are known by the kernel's `unique` without bit 63 (which marks a request that was sent
// again). An answer bears the number as it came: libfuse keeps it of those that it has seen, and
// we of the others (lock_request.h, close_request.h). Only for whoever has the turn (loop.h).
#pragma once

#include <fuse_lowlevel.h>
#include <linux/fuse.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>

#include "core/effect.h"
#include "core/lock.h"
#include "core/types.h"
#include "fs/nodes.h"

namespace lockfs {

enum class ReplyForm : std::uint8_t { status, open, create, write };

class Pending {
 public:
  struct Request {
    fuse_req_t request = nullptr;  // nullptr: libfuse has not seen it
    ReplyForm form = ReplyForm::status;
    fuse_file_info file{};           // open, create: with the flags to answer
    std::size_t written = 0;         // write
    ViewKind view = ViewKind::none;  // create: what the new node is of the lock
    std::uint64_t unique = 0;        // its number, if libfuse has not seen it
  };

  // The mount's descriptor, for what libfuse has not seen.
  void answer_to(int fuse) { fuse_ = fuse; }

  void add(RequestId id, const Request& request);
  // One that libfuse has not seen: it is told no more than that it is done.
  void add_status(RequestId id, std::uint64_t unique);
  bool contains(RequestId id) const {
    return id == latest_id_ || statuses_.contains(id) || requests_.contains(id);
  }

  // Takes the request out, for whoever answers it in a form of its own; nullptr if it is not here.
  // None of those that libfuse has not seen.
  fuse_req_t take(RequestId id);

  // Answers as the engine says; `opened` is the lock that was, if any. False if nobody is there any
  // more to get it.
  bool deliver(const Answer& answer, const Lock* opened);
  // Says which lock is in the way, or that none is, to one that libfuse has not seen; nothing
  // happens if it is not here.
  void tell_lock(RequestId id, const fuse_file_lock& lock);
  // Ends it with an errno, or with 0; nothing happens if it is not here.
  void fail(RequestId id, int error);
  // The same of every one that is here: the mount is being left.
  void fail_all(int error);

 private:
  std::optional<Request> remove(RequestId id);
  void keep_latest();
  int reply_error(const Request& request, int error) const;
  int reply(const Request& request, const Answer& answer, const Lock* opened) const;

  int fuse_ = -1;
  // Most are answered before the next one comes.
  RequestId latest_id_ = RequestId::none;
  Request latest_;
  std::unordered_map<RequestId, Request> requests_;  // of the others those that libfuse has seen
  // And those that it has not, by their numbers as they came: there may be many.
  std::unordered_map<RequestId, std::uint64_t> statuses_;
};

}  // namespace lockfs

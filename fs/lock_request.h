// A request to take a lock, to give it up or to ask who has it, as the kernel makes it of flock(2)
// and fcntl(2).
//
// libfuse has no part in these: it would keep 160 bytes for each one that waits, and take a sixth
// of the instructions of one that does not.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "core/claim.h"
#include "core/ranges.h"
#include "core/types.h"
#include "fs/raw_request.h"

namespace lockfs {

struct LockRequest {
  std::uint64_t unique = 0;  // its number as it came: the answer bears the same
  NodeId node = NodeId::none;
  HandleId handle = HandleId::none;
  OwnerKey owner;
  std::optional<Mode> mode;  // nothing: it gives up, or asks about any
  bool wait = false;
  ByteRange bytes;    // fcntl(2)
  pid_t thread = 0;   // 0 if it is none that this mount can see
  pid_t process = 0;  // the same
};

// Of a FUSE_SETLK, FUSE_SETLKW or FUSE_GETLK that is whole (raw_request.h).
LockRequest lock_request(RawRequestView request);

// What a FUSE_GETLK is answered by, as it goes to the kernel.
struct LockAnswer {
  fuse_out_header header;
  fuse_lk_out body;
};
LockAnswer lock_answer(std::uint64_t unique, const fuse_file_lock& lock);

}  // namespace lockfs

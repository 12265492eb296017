// A close(2), as the kernel tells it: of a descriptor (FLUSH), whose process gives up its fcntl(2)
// locks by that; of the last one of an open file (RELEASE), which nobody waits for.
//
// libfuse has no part in these (lock_request.h says why).
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "core/claim.h"
#include "core/types.h"
#include "fs/raw_request.h"

namespace lockfs {

struct CloseRequest {
  std::uint64_t unique = 0;  // its number as it came: the answer bears the same
  HandleId handle = HandleId::none;
  OwnerKey owner;    // whose fcntl(2) locks a FLUSH gives up
  pid_t thread = 0;  // 0 if it is none that this mount can see
};

// Of a FUSE_FLUSH or FUSE_RELEASE that is whole (raw_request.h).
CloseRequest close_request(RawRequestView request);

}  // namespace lockfs

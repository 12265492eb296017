// Kernels since 6.9 can be asked to send again every request that was not answered
// (FUSE_NOTIFY_RESEND), which is how a successor learns what its predecessor left undone.
#pragma once

#include <span>
#include <vector>

#include "core/engine.h"
#include "fs/journal.h"
#include "fs/raw_request.h"

namespace lockfs {

// All that is unanswered, the re-sent ones first, in the order in which they were made. They are
// read by way of `room`, which must hold any request.
std::vector<RawRequest> ask_again(int fuse, std::span<std::byte> room);

// Whether the answer to this request, the last that the predecessor began to send, has arrived: to
// be asked before all is sent again. If it is not known, it is sent once more. The kernel takes it,
// or it had taken it before: a request that was read is never given up before it is answered.
bool arrives(RequestId last_sent, Journal& journal, int fuse);

// Whether the answer that the predecessor was to send last, and never did, was to open a file for
// somebody who was killed when all was sent again, given what came.
bool last_open_was_lost(const Engine& engine, const std::vector<RawRequest>& came);

}  // namespace lockfs

// Kernels since 6.9 can be asked to send again every request that was not answered
// (FUSE_NOTIFY_RESEND), which is how a successor learns what its predecessor left undone.
#pragma once

#include <span>
#include <vector>

#include "core/engine.h"
#include "fs/raw_request.h"

namespace lockfs {

// All that is unanswered, the re-sent ones first, in the order in which they were made. They are
// read by way of `room`, which must hold any request.
std::vector<RawRequest> ask_again(int fuse, std::span<std::byte> room);

// Whether the answer that the predecessor sent last opened a file for somebody who was killed
// before it arrived, given what came again. `last_replied`: the request whose answer is known to
// have arrived.
bool last_open_was_lost(const Engine& engine, RequestId last_replied,
                        const std::vector<RawRequest>& came);

}  // namespace lockfs

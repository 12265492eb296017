// The kernel's requests as the bytes they come in: what can be read off one without libfuse.
#pragma once

#include <linux/fuse.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/types.h"

namespace lockfs {

using RawRequest = std::vector<std::byte>;
using RawRequestView = std::span<const std::byte>;

// Bigger than any.
inline constexpr std::size_t max_raw_request = std::size_t{2} << 20U;

// Zeros where the bytes are too few.
fuse_in_header header_of(RawRequestView request);
// Whether all is there that its operation needs, names end within it, and offsets are none before
// the file: libfuse takes that for granted.
bool is_whole(RawRequestView request);
// Whether this is one that was sent again. Its number is else what it was.
bool came_again(const fuse_in_header& header);
RequestId id_of(const fuse_in_header& header);
RequestId id_of(const fuse_out_header& answer);
bool wants_answer(const fuse_in_header& header);
// The request that it interrupts; none if it does not.
RequestId interrupted_by(RawRequestView request);
// Whether it is the last close of that descriptor.
bool closes(RawRequestView request, HandleId handle);

// The number by which the kernel wants to be woken who polls; nothing if nobody is to be.
std::optional<std::uint64_t> poll_number(RawRequestView request);
// What wakes them, to be written to the kernel.
std::vector<std::byte> wakeup(std::uint64_t number);

// The process that asks for a lock; 0 if it is none, or none that this mount can see.
pid_t locking_process(RawRequestView request);

// By what the kernel says first, its FUSE_INIT: whether it can be asked to send again what was not
// answered. Kernels before 6.9 cannot.
bool kernel_resends(RawRequestView fuse_init);
// For tests: makes a kernel's FUSE_INIT that of an older one.
void hide_resending(RawRequest& fuse_init);

}  // namespace lockfs

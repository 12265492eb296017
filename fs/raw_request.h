// The kernel's requests as the bytes they come in: what can be read off one without libfuse.
#pragma once

#include <linux/fuse.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

#include "core/types.h"

namespace lockfs {

using RawRequest = std::vector<std::byte>;
using RawRequestView = std::span<const std::byte>;

// Bigger than any.
inline constexpr std::size_t max_raw_request = std::size_t{2} << 20U;

// What is there from that byte on; zeros where the bytes are too few. Every request passes here
// several times: a copy of a known size is no call.
template <class T>
T read_at(RawRequestView request, std::size_t begin) {
  T value{};
  if (request.size() >= begin + sizeof value) {
    std::memcpy(&value, request.data() + begin, sizeof value);
  } else if (request.size() > begin) {
    const auto bytes = request.subspan(begin);
    std::memcpy(&value, bytes.data(), bytes.size());
  }
  return value;
}

inline fuse_in_header header_of(RawRequestView request) {
  return read_at<fuse_in_header>(request, 0);
}

// What follows the header.
template <class T>
T body_of(RawRequestView request) {
  return read_at<T>(request, sizeof(fuse_in_header));
}

// Whether all is there that its operation needs, names end within it, and what it asks for is
// something that a kernel asks for: libfuse takes that for granted, and so do we.
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

// An answer that says no more than an errno, or 0, to the request with that number as it came.
fuse_out_header status_answer(std::uint64_t unique, int error);

// The number by which the kernel wants to be woken who polls; nothing if nobody is to be.
std::optional<std::uint64_t> poll_number(RawRequestView request);
// What wakes them, to be written to the kernel.
std::vector<std::byte> wakeup(std::uint64_t number);

// By what the kernel says first, its FUSE_INIT: whether it can be asked to send again what was not
// answered. Kernels before 6.9 cannot.
bool kernel_resends(RawRequestView fuse_init);
// For tests: makes a kernel's FUSE_INIT that of an older one.
void hide_resending(RawRequest& fuse_init);

}  // namespace lockfs

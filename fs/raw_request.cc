#include "fs/raw_request.h"

#include <algorithm>
#include <cstring>

namespace lockfs {
namespace {

constexpr std::uint64_t resent_bit = std::uint64_t{1} << 63U;
constexpr std::uint32_t has_resend = std::uint32_t{1} << 7U;  // FUSE_HAS_RESEND, in flags2

// What follows the header; zeros where the bytes are too few.
template <class T>
T body_of(RawRequestView request) {
  T body{};
  if (request.size() > sizeof(fuse_in_header)) {
    const auto bytes = request.subspan(sizeof(fuse_in_header));
    std::memcpy(&body, bytes.data(), std::min(sizeof body, bytes.size()));
  }
  return body;
}

}  // namespace

fuse_in_header header_of(RawRequestView request) {
  fuse_in_header header{};
  std::memcpy(&header, request.data(), std::min(sizeof header, request.size()));
  return header;
}

bool came_again(const fuse_in_header& header) { return (header.unique & resent_bit) != 0; }

RequestId id_of(const fuse_in_header& header) { return RequestId{header.unique & ~resent_bit}; }

bool wants_answer(const fuse_in_header& header) {
  return header.opcode != FUSE_INTERRUPT && header.opcode != FUSE_FORGET &&
         header.opcode != FUSE_BATCH_FORGET;
}

bool closes(RawRequestView request, HandleId handle) {
  return header_of(request).opcode == FUSE_RELEASE &&
         HandleId{body_of<fuse_release_in>(request).fh} == handle;
}

pid_t locking_process(RawRequestView request) {
  const auto opcode = header_of(request).opcode;
  if (opcode != FUSE_SETLK && opcode != FUSE_SETLKW) return 0;
  return static_cast<pid_t>(body_of<fuse_lk_in>(request).lk.pid);
}

bool kernel_resends(RawRequestView fuse_init) {
  const auto body = body_of<fuse_init_in>(fuse_init);
  return (body.flags & FUSE_INIT_EXT) != 0 && (body.flags2 & has_resend) != 0;
}

void hide_resending(RawRequest& fuse_init) {
  auto body = body_of<fuse_init_in>(fuse_init);
  body.flags2 &= ~has_resend;
  if (fuse_init.size() >= sizeof(fuse_in_header) + sizeof body) {
    std::memcpy(fuse_init.data() + sizeof(fuse_in_header), &body, sizeof body);
  }
}

}  // namespace lockfs

#include "fs/raw_request.h"

#include <fcntl.h>

#include <algorithm>
#include <cstddef>
#include <limits>

#include "core/ranges.h"

namespace lockfs {
namespace {

constexpr std::uint64_t resent_bit = std::uint64_t{1} << 63U;
constexpr std::uint32_t has_resend = std::uint32_t{1} << 7U;  // FUSE_HAS_RESEND, in flags2

std::uint32_t opcode_of(RawRequestView request) {
  return read_at<std::uint32_t>(request, offsetof(fuse_in_header, opcode));
}

// What an operation's body is made of: fixed fields, then so many names.
struct Shape {
  std::size_t size = 0;
  std::ptrdiff_t names = 0;
};

template <class T>
constexpr Shape shape_with(std::ptrdiff_t names = 0) {
  return {sizeof(T), names};
}

// Of whatever is not here libfuse knows nothing, and says so.
Shape shape_of(std::uint32_t opcode) {
  switch (opcode) {
    case FUSE_LOOKUP:
    case FUSE_UNLINK:
    case FUSE_RMDIR:
    case FUSE_REMOVEXATTR:
      return {0, 1};
    case FUSE_SYMLINK:
      return {0, 2};
    case FUSE_FORGET:
      return shape_with<fuse_forget_in>();
    case FUSE_BATCH_FORGET:
      return shape_with<fuse_batch_forget_in>();
    case FUSE_GETATTR:
      return shape_with<fuse_getattr_in>();
    case FUSE_SETATTR:
      return shape_with<fuse_setattr_in>();
    case FUSE_MKNOD:
      return shape_with<fuse_mknod_in>(1);
    case FUSE_MKDIR:
      return shape_with<fuse_mkdir_in>(1);
    case FUSE_RENAME:
      return shape_with<fuse_rename_in>(2);
    case FUSE_RENAME2:
      return shape_with<fuse_rename2_in>(2);
    case FUSE_LINK:
      return shape_with<fuse_link_in>(1);
    case FUSE_OPEN:
    case FUSE_OPENDIR:
      return shape_with<fuse_open_in>();
    case FUSE_CREATE:
      return shape_with<fuse_create_in>(1);
    case FUSE_READ:
    case FUSE_READDIR:
    case FUSE_READDIRPLUS:
      return shape_with<fuse_read_in>();
    case FUSE_WRITE:
      return shape_with<fuse_write_in>();
    case FUSE_RELEASE:
    case FUSE_RELEASEDIR:
      return shape_with<fuse_release_in>();
    case FUSE_FLUSH:
      return shape_with<fuse_flush_in>();
    case FUSE_FSYNC:
    case FUSE_FSYNCDIR:
      return shape_with<fuse_fsync_in>();
    case FUSE_SETXATTR:
      return {FUSE_COMPAT_SETXATTR_IN_SIZE, 1};
    case FUSE_GETXATTR:
    case FUSE_LISTXATTR:
      return shape_with<fuse_getxattr_in>(opcode == FUSE_GETXATTR ? 1 : 0);
    case FUSE_GETLK:
    case FUSE_SETLK:
    case FUSE_SETLKW:
      return shape_with<fuse_lk_in>();
    case FUSE_ACCESS:
      return shape_with<fuse_access_in>();
    case FUSE_INTERRUPT:
      return shape_with<fuse_interrupt_in>();
    case FUSE_BMAP:
      return shape_with<fuse_bmap_in>();
    case FUSE_IOCTL:
      return shape_with<fuse_ioctl_in>();
    case FUSE_POLL:
      return shape_with<fuse_poll_in>();
    case FUSE_FALLOCATE:
      return shape_with<fuse_fallocate_in>();
    case FUSE_LSEEK:
      return shape_with<fuse_lseek_in>();
    case FUSE_COPY_FILE_RANGE:
      return shape_with<fuse_copy_file_range_in>();
    default:
      return {};
  }
}

// What reads or writes before a file's beginning, which the kernel lets nobody ask for.
bool is_before_the_file(std::uint32_t opcode, RawRequestView request) {
  constexpr std::uint64_t last = std::numeric_limits<std::int64_t>::max();
  switch (opcode) {
    case FUSE_READ:
    case FUSE_READDIR:
    case FUSE_READDIRPLUS:
      return body_of<fuse_read_in>(request).offset > last;
    case FUSE_WRITE:
      return body_of<fuse_write_in>(request).offset > last;
    default:
      return false;
  }
}

bool asks_for_lock(std::uint32_t opcode) {
  return opcode == FUSE_SETLK || opcode == FUSE_SETLKW || opcode == FUSE_GETLK;
}

bool is_lock(const fuse_file_lock& lock) {
  const bool known = lock.type == F_RDLCK || lock.type == F_WRLCK || lock.type == F_UNLCK;
  return known && lock.start <= lock.end && lock.end <= ByteRange{}.last;
}

}  // namespace

bool is_whole(RawRequestView request) {
  const auto header = header_of(request);
  if (request.size() < sizeof header || header.len != request.size()) return false;
  if (header.opcode == FUSE_NOTIFY_REPLY) return false;  // to what was never asked
  const auto body = request.subspan(sizeof header);
  const Shape shape = shape_of(header.opcode);
  if (body.size() < shape.size || is_before_the_file(header.opcode, request)) return false;
  const auto names = body.subspan(shape.size);
  if (shape.names > 0 && std::count(names.begin(), names.end(), std::byte{}) < shape.names) {
    return false;
  }
  if (asks_for_lock(header.opcode)) return is_lock(body_of<fuse_lk_in>(request).lk);
  if (header.opcode == FUSE_WRITE) return body_of<fuse_write_in>(request).size <= names.size();
  if (header.opcode != FUSE_BATCH_FORGET) return true;
  const std::size_t count = body_of<fuse_batch_forget_in>(request).count;
  return count <= names.size() / sizeof(fuse_forget_one);
}

bool came_again(const fuse_in_header& header) { return (header.unique & resent_bit) != 0; }

RequestId id_of(const fuse_in_header& header) { return RequestId{header.unique & ~resent_bit}; }

RequestId id_of(const fuse_out_header& answer) { return RequestId{answer.unique & ~resent_bit}; }

bool wants_answer(const fuse_in_header& header) {
  return header.opcode != FUSE_INTERRUPT && header.opcode != FUSE_FORGET &&
         header.opcode != FUSE_BATCH_FORGET && header.opcode != FUSE_NOTIFY_REPLY;
}

RequestId interrupted_by(RawRequestView request) {
  if (opcode_of(request) != FUSE_INTERRUPT) return RequestId::none;
  return RequestId{body_of<fuse_interrupt_in>(request).unique & ~resent_bit};
}

bool closes(RawRequestView request, HandleId handle) {
  return opcode_of(request) == FUSE_RELEASE &&
         HandleId{body_of<fuse_release_in>(request).fh} == handle;
}

fuse_out_header status_answer(std::uint64_t unique, int error) {
  fuse_out_header answer{};
  answer.len = sizeof answer;
  answer.error = -error;
  answer.unique = unique;
  return answer;
}

std::optional<std::uint64_t> poll_number(RawRequestView request) {
  if (opcode_of(request) != FUSE_POLL) return std::nullopt;
  const auto body = body_of<fuse_poll_in>(request);
  const bool waits = (body.flags & FUSE_POLL_SCHEDULE_NOTIFY) != 0;
  return waits ? std::optional(body.kh) : std::nullopt;
}

std::vector<std::byte> wakeup(std::uint64_t number) {
  const fuse_notify_poll_wakeup_out body{number};
  fuse_out_header header{};
  header.len = sizeof header + sizeof body;
  header.error = FUSE_NOTIFY_POLL;
  std::vector<std::byte> bytes(header.len);
  std::memcpy(bytes.data(), &header, sizeof header);
  std::memcpy(bytes.data() + sizeof header, &body, sizeof body);
  return bytes;
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

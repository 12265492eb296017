#include "fs/close_request.h"

namespace lockfs {
namespace {

template <class Body>
CloseRequest read(RawRequestView request) {
  const auto header = header_of(request);
  const auto body = body_of<Body>(request);
  return {header.unique,
          HandleId{body.fh},
          {Via::fcntl, NodeId{header.nodeid}, body.lock_owner},
          static_cast<pid_t>(header.pid)};
}

}  // namespace

CloseRequest close_request(RawRequestView request) {
  if (header_of(request).opcode == FUSE_FLUSH) return read<fuse_flush_in>(request);
  return read<fuse_release_in>(request);
}

}  // namespace lockfs

#include "fs/kernel_door.h"

#include <cerrno>
#include <string>

#include "fs/raw_request.h"

namespace lockfs {
namespace {

KernelDoor& door(fuse_req_t req) { return *static_cast<KernelDoor*>(fuse_req_userdata(req)); }

// RELEASE is asynchronous: beyond this many outstanding ones a later flock would overtake them and
// fail on a lock that its caller closed before.
constexpr unsigned max_background = 65535;

void init(void*, fuse_conn_info* connection) {
  connection->max_background = max_background;
  // Requests are taken from memory, where their numbers can be read.
  connection->want &=
      ~static_cast<unsigned>(FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE);
}

// --- What does not exist here fails with a plain errno, at once.
void refuse(fuse_req_t req) { fuse_reply_err(req, EPERM); }

void mknod(fuse_req_t req, fuse_ino_t, const char*, mode_t, dev_t) { refuse(req); }
void mkdir(fuse_req_t req, fuse_ino_t, const char*, mode_t) { refuse(req); }
void rmdir(fuse_req_t req, fuse_ino_t, const char*) { refuse(req); }
void symlink(fuse_req_t req, const char*, fuse_ino_t, const char*) { refuse(req); }
void link(fuse_req_t req, fuse_ino_t, fuse_ino_t, const char*) { refuse(req); }
void rename(fuse_req_t req, fuse_ino_t, const char*, fuse_ino_t, const char*, unsigned) {
  refuse(req);
}

void statfs(fuse_req_t req, fuse_ino_t) {
  struct statvfs st {};
  st.f_bsize = 4096;
  st.f_frsize = 4096;
  st.f_namemax = max_expression_bytes;
  fuse_reply_statfs(req, &st);
}

fuse_lowlevel_ops make_operations() {
  fuse_lowlevel_ops ops{};
  ops.init = init;
  ops.mknod = mknod;
  ops.mkdir = mkdir;
  ops.rmdir = rmdir;
  ops.symlink = symlink;
  ops.link = link;
  ops.rename = rename;
  ops.statfs = statfs;
  ops.lookup = [](fuse_req_t req, fuse_ino_t parent, const char* name) {
    door(req).lookup(req, NodeId{parent}, name);
  };
  ops.getattr = [](fuse_req_t req, fuse_ino_t node, fuse_file_info*) {
    door(req).get_attributes(req, NodeId{node});
  };
  ops.setattr = [](fuse_req_t req, fuse_ino_t node, struct stat*, int which, fuse_file_info*) {
    door(req).set_attributes(req, NodeId{node}, which);
  };
  ops.access = [](fuse_req_t req, fuse_ino_t node, int mask) {
    door(req).access(req, NodeId{node}, mask);
  };
  ops.unlink = [](fuse_req_t req, fuse_ino_t parent, const char* name) {
    door(req).unlink(req, NodeId{parent}, name);
  };
  ops.readdir = [](fuse_req_t req, fuse_ino_t node, size_t size, off_t offset, fuse_file_info*) {
    door(req).read_folder(req, NodeId{node}, size, offset);
  };
  ops.open = [](fuse_req_t req, fuse_ino_t node, fuse_file_info* file) {
    door(req).open(req, NodeId{node}, *file);
  };
  ops.create = [](fuse_req_t req, fuse_ino_t parent, const char* name, mode_t,
                  fuse_file_info* file) { door(req).create(req, NodeId{parent}, name, *file); };
  ops.read = [](fuse_req_t req, fuse_ino_t node, size_t size, off_t offset, fuse_file_info* file) {
    door(req).read(req, NodeId{node}, size, offset, *file);
  };
  ops.write = [](fuse_req_t req, fuse_ino_t node, const char* data, size_t size, off_t,
                 fuse_file_info* file) {
    door(req).write(req, NodeId{node}, {data, size}, *file);
  };
  ops.poll = [](fuse_req_t req, fuse_ino_t, fuse_file_info* file, fuse_pollhandle* handle) {
    if (handle != nullptr) fuse_pollhandle_destroy(handle);  // a successor could not use it
    door(req).poll(req, *file);
  };
  // libfuse asks the kernel for the requests that these would get; they are not given to it.
  ops.flock = [](fuse_req_t req, fuse_ino_t, fuse_file_info*, int) { refuse(req); };
  ops.setlk = [](fuse_req_t req, fuse_ino_t, fuse_file_info*, struct flock*, int) { refuse(req); };
  ops.getlk = [](fuse_req_t req, fuse_ino_t, fuse_file_info*, struct flock*) { refuse(req); };
  return ops;
}

}  // namespace

const fuse_lowlevel_ops& KernelDoor::operations() {
  static const fuse_lowlevel_ops ops = make_operations();
  return ops;
}

void KernelDoor::begin(RawRequestView request) {
  current_ = id_of(header_of(request));
  poll_number_ = poll_number(request);
  service_.journal().handling(current_);
}

void KernelDoor::end() { service_.journal().handling(RequestId::none); }

void KernelDoor::expect_answer(fuse_req_t req, ReplyForm form, const fuse_file_info& file,
                               std::size_t written) {
  service_.pending().add(current_, {req, form, file, written});
}

void KernelDoor::reply_when_rendered(fuse_req_t req, const Render& render, Reply reply) {
  const RequestId id = current_;
  expect_answer(req, ReplyForm::status);
  auto done = [this, id, reply = std::move(reply)](const Views::Text& text) {
    if (fuse_req_t request = service_.pending().take(id)) reply(request, text);
  };
  if (!render(std::move(done))) service_.pending().fail(id, EAGAIN);
}

// A lock's wait ends in the engine, which keeps its place.
void KernelDoor::interrupt(RequestId id) {
  if (service_.engine().is_waiting(id)) {
    service_.post(event::Cancel{id});
  } else {
    service_.pending().fail(id, EINTR);
    feed_.forget(id);
  }
}

}  // namespace lockfs

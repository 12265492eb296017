#include "tests/bench/bare_fuse.h"

#include <fcntl.h>
#include <sys/stat.h>

namespace lockfs::bench {
namespace {

fuse_ino_t (*find_node)(const char* name) = nullptr;

struct stat attributes_of(fuse_ino_t node) {
  struct stat st {};
  st.st_ino = node;
  st.st_mode = node == FUSE_ROOT_ID ? S_IFDIR | 0755 : S_IFREG | 0666;
  st.st_nlink = 1;
  return st;
}

void init(void*, fuse_conn_info* connection) {
  connection->max_background = 65535;
  connection->want &=
      ~static_cast<unsigned>(FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE);
}

void lookup(fuse_req_t request, fuse_ino_t, const char* name) {
  fuse_entry_param entry{};
  entry.ino = find_node(name);
  entry.attr = attributes_of(entry.ino);
  entry.entry_timeout = 3600;
  fuse_reply_entry(request, &entry);
}

}  // namespace

fuse_lowlevel_ops bare_operations(fuse_ino_t (*node_of)(const char* name)) {
  find_node = node_of;
  fuse_lowlevel_ops ops{};
  ops.init = init;
  ops.lookup = lookup;
  ops.getattr = [](fuse_req_t request, fuse_ino_t node, fuse_file_info*) {
    const struct stat st = attributes_of(node);
    fuse_reply_attr(request, &st, 0);
  };
  ops.flush = [](fuse_req_t request, fuse_ino_t, fuse_file_info*) { fuse_reply_err(request, 0); };
  return ops;
}

void reply_opened(fuse_req_t request, const fuse_file_info& file, std::uint64_t handle) {
  fuse_file_info answered = file;
  answered.fh = handle;
  answered.direct_io = 1;
  answered.noflush = (file.flags & O_ACCMODE) == O_RDONLY ? 1 : 0;
  fuse_reply_open(request, &answered);
}

int serve(int argc, char** argv, const fuse_lowlevel_ops& operations) {
  if (argc != 2) return 2;
  fuse_args args = FUSE_ARGS_INIT(0, nullptr);
  fuse_opt_add_arg(&args, argv[0]);
  fuse_opt_add_arg(&args, "-ofsname=lockfs-bench");
  fuse_session* session = fuse_session_new(&args, &operations, sizeof operations, nullptr);
  if (session == nullptr || fuse_session_mount(session, argv[1]) != 0) return 1;
  const int result = fuse_session_loop(session);
  fuse_session_unmount(session);
  fuse_session_destroy(session);
  fuse_opt_free_args(&args);
  return result == 0 ? 0 : 1;
}

}  // namespace lockfs::bench

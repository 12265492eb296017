// A FUSE daemon without locks: every flock(2) succeeds at once. What lockfs is measured against;
// its flags and its policy on FLUSH are lockfs's own, so that the kernel's part is the same.
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <sys/stat.h>

namespace {

constexpr fuse_ino_t the_file = 100;

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

fuse_lowlevel_ops make_operations() {
  fuse_lowlevel_ops ops{};
  ops.init = init;
  ops.lookup = [](fuse_req_t req, fuse_ino_t, const char*) {
    fuse_entry_param entry{};
    entry.ino = the_file;
    entry.attr = attributes_of(the_file);
    entry.entry_timeout = 3600;
    fuse_reply_entry(req, &entry);
  };
  ops.getattr = [](fuse_req_t req, fuse_ino_t node, fuse_file_info*) {
    const struct stat st = attributes_of(node);
    fuse_reply_attr(req, &st, 0);
  };
  ops.open = [](fuse_req_t req, fuse_ino_t, fuse_file_info* file) {
    file->direct_io = 1;
    file->noflush = (file->flags & O_ACCMODE) == O_RDONLY ? 1 : 0;
    fuse_reply_open(req, file);
  };
  ops.flush = [](fuse_req_t req, fuse_ino_t, fuse_file_info*) { fuse_reply_err(req, 0); };
  ops.release = [](fuse_req_t req, fuse_ino_t, fuse_file_info*) { fuse_reply_err(req, 0); };
  ops.flock = [](fuse_req_t req, fuse_ino_t, fuse_file_info*, int) { fuse_reply_err(req, 0); };
  return ops;
}

}  // namespace

// null_fuse MOUNTPOINT
int main(int argc, char** argv) {
  if (argc != 2) return 2;
  fuse_args args = FUSE_ARGS_INIT(0, nullptr);
  fuse_opt_add_arg(&args, "null_fuse");
  fuse_opt_add_arg(&args, "-ofsname=null_fuse");
  const fuse_lowlevel_ops ops = make_operations();
  fuse_session* session = fuse_session_new(&args, &ops, sizeof ops, nullptr);
  if (session == nullptr || fuse_session_mount(session, argv[1]) != 0) return 1;
  const int result = fuse_session_loop(session);
  fuse_session_unmount(session);
  fuse_session_destroy(session);
  fuse_opt_free_args(&args);
  return result == 0 ? 0 : 1;
}

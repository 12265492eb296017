// A FUSE daemon without locks: every flock(2) succeeds at once.
//
//     null_fuse MOUNTPOINT
#include "tests/bench/bare_fuse.h"

int main(int argc, char** argv) {
  constexpr fuse_ino_t the_file = 100;
  auto ops = lockfs::bench::bare_operations([](const char*) { return the_file; });
  ops.open = [](fuse_req_t request, fuse_ino_t, fuse_file_info* file) {
    lockfs::bench::reply_opened(request, *file, 0);
  };
  ops.release = [](fuse_req_t request, fuse_ino_t, fuse_file_info*) { fuse_reply_err(request, 0); };
  ops.flock = [](fuse_req_t request, fuse_ino_t, fuse_file_info*, int) {
    fuse_reply_err(request, 0);
  };
  return lockfs::bench::serve(argc, argv, ops);
}

// What the daemons that lockfs is measured against have in common: files that can be opened, by
// any name, and nothing else. Flags and policy on FLUSH are lockfs's own, so that the kernel's part
// is the same.
#pragma once

#include <fuse_lowlevel.h>

#include <cstdint>

namespace lockfs::bench {

// Every operation but flock, open and release. `LOOKUP` gives a name the node `node_of(name)`.
fuse_lowlevel_ops bare_operations(fuse_ino_t (*node_of)(const char* name));

// Answers an OPEN; `handle` is to be the file's.
void reply_opened(fuse_req_t request, const fuse_file_info& file, std::uint64_t handle);

// Mounts on the one argument and serves until it is unmounted; the exit status.
int serve(int argc, char** argv, const fuse_lowlevel_ops& operations);

}  // namespace lockfs::bench

// The FUSE session: the mount, and the requests read from it one at a time.
//
// Owns libfuse's session and unmounts at its end. Loop's thread only.
#pragma once

#include <fuse_lowlevel.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fs/kernel_door.h"

namespace lockfs {

struct MountSettings {
  std::string mount_point;
  std::vector<std::string> options;  // for the kernel or fusermount3, as after -o
  bool debug = false;                // libfuse shows every request
};

class Session {
 public:
  // Mounts. Nothing, and `error` says why in a sentence, if that fails.
  static std::unique_ptr<Session> mount(const MountSettings& settings, KernelDoor& door,
                                        std::string& error);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  int descriptor() const { return fuse_session_fd(session_); }
  // Reads one request and has the door do it. False once the mount is gone.
  bool serve_one();

 private:
  Session(fuse_session* session, KernelDoor& door) : session_(session), door_(door) {}

  fuse_session* session_;
  KernelDoor& door_;
  fuse_buf buffer_{};
  bool mounted_ = false;
};

}  // namespace lockfs

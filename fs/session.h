// The FUSE session: the mount, and the thread that reads the kernel's requests, one at a time.
//
// Owns libfuse's session. The thread sleeps in read(2) without the turn and works with it (loop.h).
#pragma once

#include <fuse_lowlevel.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "fs/kernel_door.h"
#include "fs/loop.h"

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

  // Starts to serve; once the mount is gone the loop calls `gone`.
  void start(Loop& loop, Loop::Callback gone);
  // Unmounts (what is still open keeps the folder's place until it is closed) and ends the thread.
  void stop();

 private:
  Session(fuse_session* session, KernelDoor& door) : session_(session), door_(door) {}
  void serve(Loop& loop);
  bool serve_one(Loop& loop);

  fuse_session* session_;
  KernelDoor& door_;
  fuse_buf buffer_{};
  bool mounted_ = false;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> ended_ = false;
  std::thread thread_;
};

}  // namespace lockfs

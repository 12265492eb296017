// The FUSE session: the mount, and the thread that reads the kernel's requests, one at a time.
//
// The mount is made once (mount()); its descriptor outlives the processes that serve it. Each of
// them makes a Session over it: libfuse is told what the kernel said at the mount, and the requests
// that a predecessor left unanswered come again. The thread sleeps in read(2) without the turn and
// works with it (loop.h).
#pragma once

#include <fuse_lowlevel.h>

#include <atomic>
#include <cstddef>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "fs/descriptor.h"
#include "fs/kernel_door.h"
#include "fs/loop.h"

namespace lockfs {

struct MountSettings {
  std::string mount_point;
  std::vector<std::string> options;  // for the kernel or fusermount3, as after -o
  bool debug = false;                // libfuse shows every request
};

// A mount that nobody serves yet.
struct Mounted {
  Descriptor fuse;
  std::vector<std::byte> fuse_init;  // what the kernel said first
};

// Mounts and answers the kernel's FUSE_INIT. Nothing, and `error` says why in a sentence, if that
// fails.
std::optional<Mounted> mount(const MountSettings& settings, std::string& error);

class Session {
 public:
  // Throws std::runtime_error if the kernel's FUSE_INIT means nothing to libfuse.
  Session(int fuse, const std::vector<std::byte>& fuse_init, KernelDoor& door, bool debug);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Has the kernel send again what was not answered, and handles it, all but `poison`: that is
  // refused. With the turn; before start().
  void resume(Service& service, RequestId poison);
  // Starts to serve; once the mount is gone the loop calls `gone`.
  void start(Loop& loop, Loop::Callback gone);
  // Ends the thread.
  void stop();

 private:
  using Request = std::vector<std::byte>;

  void serve(Loop& loop);
  bool serve_one(Loop& loop);
  void handle(fuse_buf& buffer);
  void refuse(const fuse_in_header& request);
  std::vector<Request> read_all();
  bool read_one(Request& request);
  std::vector<Request> ask_again();

  fuse_session* session_;
  KernelDoor& door_;
  fuse_buf buffer_{};
  RequestId poison_ = RequestId::none;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> ended_ = false;
  std::thread thread_;
};

}  // namespace lockfs

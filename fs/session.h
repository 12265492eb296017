// The FUSE session: the mount, and the thread that reads the kernel's requests, one at a time.
//
// The mount is made once (mounting.h); its descriptor outlives the processes that serve it. Each of
// them makes a Session over it: libfuse is told what the kernel said at the mount, and what a
// predecessor left unanswered is handled anew. The thread sleeps in read(2) without the turn and
// works with it (loop.h).
#pragma once

#include <fuse_lowlevel.h>

#include <atomic>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "fs/journal.h"
#include "fs/kernel_door.h"
#include "fs/loop.h"
#include "fs/raw_request.h"

namespace lockfs {

class Session {
 public:
  // Throws std::runtime_error if libfuse refuses the descriptor.
  Session(int fuse, Journal& journal, KernelDoor& door, bool debug);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Handles what was left unanswered, all but `poison`: that is refused. With the turn; before
  // start().
  void resume(Service& service, RequestId poison);
  // Starts to serve; once the mount is gone the loop calls `gone`.
  void start(Loop& loop, Loop::Callback gone);
  // Ends the thread.
  void stop();

  // Handles one request, as the kernel sent it. With the turn.
  void handle(std::span<std::byte> request);

 private:
  std::span<std::byte> room() const;
  void serve(Loop& loop);
  bool serve_one(Loop& loop);
  void process(std::span<std::byte> request);
  void dispatch(std::uint32_t operation, std::span<std::byte> request);
  std::vector<RawRequest> unanswered();
  void refuse_poison(std::vector<RawRequest>& requests, RequestId poison);

  fuse_session* session_;
  Journal& journal_;
  KernelDoor& door_;
  bool debug_;                         // show every request
  bool resends_;                       // whether the kernel sends again what was not answered
  std::unique_ptr<std::byte[]> room_;  // where requests are read to, if it does
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> ended_ = false;
  std::thread thread_;
};

}  // namespace lockfs

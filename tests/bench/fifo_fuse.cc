// A FUSE daemon with the least that can be called a lock: for each file a queue, whose first has
// it. Exclusive only; no pools, no permissions, no names, no status, no journal. Waits end on
// signals as they should.
//
//     fifo_fuse MOUNTPOINT
#include <sys/file.h>

#include <cerrno>
#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <unordered_map>

#include "tests/bench/bare_fuse.h"

namespace {

struct Open;

struct File {
  Open* holder = nullptr;
  std::list<Open*> queue;
};

// One thread waits through each, at most.
struct Open {
  File* file = nullptr;
  fuse_req_t waiting = nullptr;
  std::list<Open*>::iterator place;
};

std::map<std::string, fuse_ino_t>& names() {
  static std::map<std::string, fuse_ino_t> all;
  return all;
}

std::unordered_map<fuse_ino_t, File>& files() {
  static std::unordered_map<fuse_ino_t, File> all;
  return all;
}

fuse_ino_t node_of(const char* name) {
  constexpr fuse_ino_t first = 100;
  return names().try_emplace(name, first + names().size()).first->second;
}

Open& opened(const fuse_file_info& file) { return *reinterpret_cast<Open*>(file.fh); }

void leave_queue(Open& open, int error) {
  fuse_reply_err(open.waiting, error);
  open.waiting = nullptr;  // and libfuse calls interrupted() no more
  open.file->queue.erase(open.place);
}

void unlock(Open& open) {
  File& file = *open.file;
  if (file.holder != &open) return;
  file.holder = nullptr;
  if (file.queue.empty()) return;
  file.holder = file.queue.front();
  leave_queue(*file.holder, 0);
}

void interrupted(fuse_req_t, void* data) {
  Open& open = *static_cast<Open*>(data);
  if (open.waiting != nullptr) leave_queue(open, EINTR);
}

void lock(fuse_req_t request, Open& open, bool wait) {
  File& file = *open.file;
  if (file.holder == nullptr) file.holder = &open;
  if (file.holder == &open || !wait) {
    fuse_reply_err(request, file.holder == &open ? 0 : EWOULDBLOCK);
    return;
  }
  open.waiting = request;
  open.place = file.queue.insert(file.queue.end(), &open);
  fuse_req_interrupt_func(request, interrupted, &open);
}

void flock(fuse_req_t request, fuse_ino_t, fuse_file_info* file, int operation) {
  Open& open = opened(*file);
  if ((operation & LOCK_UN) == 0) return lock(request, open, (operation & LOCK_NB) == 0);
  unlock(open);
  fuse_reply_err(request, 0);
}

void release(fuse_req_t request, fuse_ino_t, fuse_file_info* file) {
  unlock(opened(*file));
  delete &opened(*file);
  fuse_reply_err(request, 0);
}

}  // namespace

int main(int argc, char** argv) {
  auto ops = lockfs::bench::bare_operations(node_of);
  ops.open = [](fuse_req_t request, fuse_ino_t node, fuse_file_info* file) {
    auto* open = new Open{&files()[node], nullptr, {}};
    lockfs::bench::reply_opened(request, *file, reinterpret_cast<std::uint64_t>(open));
  };
  ops.release = release;
  ops.flock = flock;
  return lockfs::bench::serve(argc, argv, ops);
}

// Serves so many lock+unlock with the daemon's own code, from a kernel that is a child process with
// the requests' bytes: for counting instructions.
//
//     request_load TIMES
#include <linux/fuse.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "fs/clock.h"
#include "fs/session.h"

namespace {

using namespace lockfs;

constexpr std::uint64_t the_lock = 64;

template <class Body>
RawRequest request_of(std::uint32_t operation, std::uint64_t number, const Body& body) {
  fuse_in_header header{};
  header.len = sizeof header + sizeof body;
  header.opcode = operation;
  header.unique = number;
  header.nodeid = the_lock;
  RawRequest request(header.len);
  std::memcpy(request.data(), &header, sizeof header);
  std::memcpy(request.data() + sizeof header, &body, sizeof body);
  return request;
}

RawRequest fuse_init() {
  fuse_init_in body{};
  body.major = FUSE_KERNEL_VERSION;
  body.minor = FUSE_KERNEL_MINOR_VERSION;
  body.flags = FUSE_POSIX_LOCKS | FUSE_FLOCK_LOCKS | FUSE_BIG_WRITES | FUSE_INIT_EXT;
  body.flags2 = std::uint32_t{1} << 7U;  // it sends again what was not answered
  return request_of(FUSE_INIT, 2, body);
}

// The kernel's side.
class Kernel {
 public:
  explicit Kernel(int daemon) : daemon_(daemon) {}

  void send(int times) {
    ask(FUSE_OPEN, fuse_open_in{});
    fuse_open_out opened{};
    std::memcpy(&opened, answer_.data() + sizeof(fuse_out_header), sizeof opened);
    for (int i = 0; i < times; ++i) {
      ask(FUSE_SETLKW, flock_of(opened.fh, F_WRLCK));
      ask(FUSE_SETLKW, flock_of(opened.fh, F_UNLCK));
    }
  }

 private:
  static fuse_lk_in flock_of(std::uint64_t file, std::uint32_t type) {
    fuse_lk_in body{};
    body.fh = file;
    body.owner = 1;
    body.lk.end = last_offset;
    body.lk.type = type;
    body.lk_flags = FUSE_LK_FLOCK;
    return body;
  }

  template <class Body>
  void ask(std::uint32_t operation, const Body& body) {
    number_ += 2;
    const RawRequest request = request_of(operation, number_, body);
    fuse_out_header header{};
    if (::write(daemon_, request.data(), request.size()) < 0 ||
        ::read(daemon_, answer_.data(), answer_.size()) < static_cast<ssize_t>(sizeof header)) {
      ::_exit(1);
    }
    std::memcpy(&header, answer_.data(), sizeof header);
    if (header.error != 0 || header.unique != number_) ::_exit(1);
  }

  static constexpr std::uint64_t last_offset = 0x7fffffffffffffff;
  int daemon_;
  std::uint64_t number_ = 2;
  std::array<std::byte, 4096> answer_{};
};

Policy one_lock() {
  Policy policy;
  LockSpec& lock = policy.locks.emplace_back();
  lock.name = "deploy";
  lock.units = {lock.name};
  return policy;
}

// As the worker does, until the kernel is gone.
void serve(int fuse) {
  auto engine = std::make_unique<Engine>(one_lock(), wall_now());
  Journal journal = Journal::create({}, fuse_init(), *engine);
  Loop loop;
  Worker worker(loop);
  Service service(std::move(engine), journal);
  Views views(service.engine(), service.events(), worker, "");
  Control control(service, worker, {});
  EventFeed feed(service, worker, loop);
  KernelDoor door(service, views, control, feed);
  Session session(fuse, journal, door, false);
  session.start(loop, [&loop] { loop.stop(); });
  loop.run();
}

}  // namespace

int main(int argc, char** argv) {
  std::array<int, 2> sockets{};
  if (argc != 2 || ::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets.data()) != 0) return 2;
  const pid_t kernel = ::fork();
  if (kernel == 0) {
    ::close(sockets[0]);
    Kernel(sockets[1]).send(std::atoi(argv[1]));
    ::_exit(0);
  }
  ::close(sockets[1]);
  serve(sockets[0]);
  int status = 0;
  ::waitpid(kernel, &status, 0);
  return status == 0 ? 0 : 1;
}

// A process of our own that opens, locks and closes files as it is told: for what no shell tool
// does.
//
// Each call returns when the process has done it; a lock that waits is begun and ended apart. At
// the end the process is killed.
#pragma once

#include <fcntl.h>
#include <sys/types.h>

#include <string>

namespace lockfs::test {

class Locker {
 public:
  Locker();
  ~Locker();
  Locker(const Locker&) = delete;
  Locker& operator=(const Locker&) = delete;

  pid_t pid() const { return pid_; }
  void kill();

  // A descriptor, or -errno.
  int open(const std::string& path, int flags);
  // 0, or errno.
  int close(int fd);
  int write(int fd, const std::string& text);
  int flock(int fd, int operation);
  // F_SETLK and its like, on `length` bytes from `start` on; 0: to the end.
  int fcntl(int fd, int command, short type, off_t start = 0, off_t length = 0);
  // F_GETLK.
  struct flock ask(int fd, int command, short type);
  // The process of a child that does nothing, and has all that is open.
  pid_t fork();

  void begin_fcntl(int fd, int command, short type, off_t start = 0, off_t length = 0);
  void begin_flock(int fd, int operation);
  // Whether what was begun is over, and what came of it.
  bool is_over() const;
  int end();
  // A signal whose handler does nothing; with `restart` the kernel begins the call again.
  void interrupt(bool restart) const;

 private:
  struct Order;
  struct Report;
  [[noreturn]] static void serve(int socket);
  static Report obey(const Order& order);
  void send(const Order& order) const;
  Report receive() const;
  Report call(const Order& order) const;

  int socket_ = -1;
  pid_t pid_ = 0;
};

}  // namespace lockfs::test

#include "tests/harness/locker.h"

#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>

#include "tests/harness/sandbox.h"

namespace lockfs::test {
namespace {

enum class What { open, close, write, flock, fcntl, fork };

constexpr int not_in_time = 10000;  // no errno

int error_of(long result) { return result < 0 ? errno : 0; }

}  // namespace

struct Locker::Order {
  What what = What::open;
  int fd = -1;
  int command = 0;
  struct flock lock {};
  char text[512]{};
};

struct Locker::Report {
  int result = 0;
  struct flock lock {};
};

Locker::Locker() {
  int sockets[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0) {
    throw std::runtime_error("socketpair");
  }
  socket_ = sockets[0];
  pid_ = ::fork();
  if (pid_ == 0) {
    ::close(sockets[0]);
    serve(sockets[1]);
  }
  ::close(sockets[1]);
}

Locker::~Locker() {
  kill();
  ::close(socket_);
}

void Locker::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

void Locker::serve(int socket) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  struct sigaction nothing {};
  nothing.sa_handler = [](int) {};
  ::sigaction(SIGUSR1, &nothing, nullptr);
  nothing.sa_flags = SA_RESTART;
  ::sigaction(SIGUSR2, &nothing, nullptr);
  for (Order order; ::recv(socket, &order, sizeof order, 0) == sizeof order;) {
    const Report report = obey(order);
    if (::send(socket, &report, sizeof report, 0) < 0) break;
  }
  ::_exit(0);
}

Locker::Report Locker::obey(const Order& order) {
  Report report{0, order.lock};
  switch (order.what) {
    case What::open:
      report.result = ::open(order.text, order.command | O_CLOEXEC, 0666);
      if (report.result < 0) report.result = -errno;
      break;
    case What::close:
      report.result = error_of(::close(order.fd));
      break;
    case What::write:
      report.result = error_of(::write(order.fd, order.text, std::strlen(order.text)));
      break;
    case What::flock:
      report.result = error_of(::flock(order.fd, order.command));
      break;
    case What::fcntl:
      report.result = error_of(::fcntl(order.fd, order.command, &report.lock));
      break;
    case What::fork:
      report.result = ::fork();
      if (report.result != 0) break;
      ::prctl(PR_SET_PDEATHSIG, 0);
      for (;;) ::pause();
  }
  return report;
}

void Locker::send(const Order& order) const {
  if (::send(socket_, &order, sizeof order, 0) < 0) throw std::runtime_error("the locker is gone");
}

Locker::Report Locker::receive() const {
  Report report;
  if (!wait_until([&] { return is_over(); }) ||
      ::recv(socket_, &report, sizeof report, 0) != sizeof report) {
    report.result = not_in_time;
  }
  return report;
}

Locker::Report Locker::call(const Order& order) const {
  send(order);
  return receive();
}

int Locker::open(const std::string& path, int flags) {
  Order order{What::open, -1, flags};
  std::snprintf(order.text, sizeof order.text, "%s", path.c_str());
  return call(order).result;
}

int Locker::close(int fd) { return call({What::close, fd}).result; }

int Locker::write(int fd, const std::string& text) {
  Order order{What::write, fd};
  std::snprintf(order.text, sizeof order.text, "%s", text.c_str());
  return call(order).result;
}

int Locker::flock(int fd, int operation) { return call({What::flock, fd, operation}).result; }

void Locker::begin_flock(int fd, int operation) { send({What::flock, fd, operation}); }

int Locker::fcntl(int fd, int command, short type, off_t start, off_t length) {
  begin_fcntl(fd, command, type, start, length);
  return end();
}

void Locker::begin_fcntl(int fd, int command, short type, off_t start, off_t length) {
  Order order{What::fcntl, fd, command};
  order.lock.l_type = type;
  order.lock.l_whence = SEEK_SET;
  order.lock.l_start = start;
  order.lock.l_len = length;
  send(order);
}

struct flock Locker::ask(int fd, int command, short type) {
  begin_fcntl(fd, command, type);
  const Report report = receive();
  struct flock lock = report.lock;
  if (report.result != 0) lock.l_pid = -report.result;
  return lock;
}

pid_t Locker::fork() { return call({What::fork}).result; }

bool Locker::is_over() const {
  pollfd readable{socket_, POLLIN, 0};
  return ::poll(&readable, 1, 0) == 1;
}

int Locker::end() { return receive().result; }

void Locker::interrupt(bool restart) const { ::kill(pid_, restart ? SIGUSR2 : SIGUSR1); }

}  // namespace lockfs::test

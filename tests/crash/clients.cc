#include "tests/crash/clients.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

#include "tests/harness/sandbox.h"

namespace lockfs::test {

Clients::Clients(const std::vector<std::string>& files, int count, unsigned seed)
    : files_(files), seed_(seed) {
  void* memory =
      ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  shared_ = new (memory) Shared{};
  pids_.resize(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < pids_.size(); ++i) start(i);
}

Clients::~Clients() {
  for (const pid_t pid : pids_) {
    if (pid <= 0) continue;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
  ::munmap(shared_, sizeof(Shared));
}

void Clients::start(std::size_t client) {
  ++seed_;
  pids_[client] = ::fork();
  if (pids_[client] == 0) run(client, seed_ * 7919);
}

void Clients::run(std::size_t client, unsigned seed) {
  struct sigaction alarm {};
  alarm.sa_handler = [](int) {};  // without SA_RESTART: a wait that takes too long is given up
  ::sigaction(SIGALRM, &alarm, nullptr);
  while (!shared_->stop) run_once(client, seed);
  ::_exit(0);
}

void Clients::report(const std::string& what) {
  if (shared_->faulty.exchange(true)) return;
  std::snprintf(shared_->fault, sizeof shared_->fault, "%s", what.c_str());
}

void Clients::check_alone(std::size_t file, std::size_t client, bool exclusive) {
  for (std::size_t other = 0; other < pids_.size(); ++other) {
    const auto held = shared_->holds[file][other].load();
    if (other != client && (held == 2 || (exclusive && held == 1))) {
      report(files_[file] + ": held by two clients");
    }
  }
}

// One lock: opened in some way, asked for in some way, held for a moment, given up in some way.
void Clients::run_once(std::size_t client, unsigned& seed) {
  Try attempt;
  attempt.file = static_cast<unsigned>(::rand_r(&seed)) % files_.size();
  attempt.exclusive = ::rand_r(&seed) % 3 != 0;
  attempt.nonblocking = ::rand_r(&seed) % 4 == 0;
  const bool limited = !attempt.nonblocking && ::rand_r(&seed) % 4 == 0;
  itimerval limit{{0, 20'000}, {0, 10'000}};  // again and again, should one come before the wait
  if (limited) ::setitimer(ITIMER_REAL, &limit, nullptr);
  const int fd = ::rand_r(&seed) % 3 == 0 ? open_to_hold(attempt) : open_and_lock(attempt, seed);
  const int error = errno;
  itimerval none{};
  if (limited) ::setitimer(ITIMER_REAL, &none, nullptr);
  if (fd >= 0) {
    shared_->holds[attempt.file][client] = attempt.exclusive ? 2 : 1;
    check_alone(attempt.file, client, attempt.exclusive);
    ++shared_->locked;
    if (::rand_r(&seed) % 4 == 0) ::usleep(200);
    check_alone(attempt.file, client, attempt.exclusive);
    shared_->holds[attempt.file][client] = 0;
    if (attempt.by_flock && ::rand_r(&seed) % 2 == 0 && ::flock(fd, LOCK_UN) != 0) {
      report("unlock failed");
    }
    if (::close(fd) != 0) report(std::string("close: ") + std::strerror(errno));
  } else if (!(attempt.nonblocking && error == EWOULDBLOCK) && !(limited && error == EINTR)) {
    report(files_[attempt.file] + ": " + std::strerror(error));
  }
}

// The descriptor, locked; -1: it was not had.
int Clients::open_and_lock(Try& attempt, unsigned& seed) {
  const std::string& file = files_[attempt.file];
  const int flags = ::rand_r(&seed) % 2 == 0 ? O_RDONLY : O_RDWR;
  int fd = -1;
  do {
    fd = ::open(file.c_str(), flags | O_CREAT | O_CLOEXEC, 0666);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return fd;
  attempt.by_flock = true;
  const int operation = attempt.exclusive ? LOCK_EX : LOCK_SH;
  if (::flock(fd, operation | (attempt.nonblocking ? LOCK_NB : 0)) == 0) return fd;
  const int error = errno;
  ::close(fd);
  errno = error;
  return -1;
}

int Clients::open_to_hold(const Try& attempt) {
  std::string path = files_[attempt.file];
  path.insert(path.rfind('/') + 1, ".hold/");
  const int flags = attempt.exclusive ? O_RDWR : O_RDONLY;
  return ::open(path.c_str(), flags | O_CREAT | O_CLOEXEC | (attempt.nonblocking ? O_NONBLOCK : 0),
                0666);
}

// While a client is being killed others may be granted what it held: its marks go first, and it is
// stopped meanwhile, so that it sets none.
void Clients::replace_one(unsigned choice) {
  const std::size_t client = choice % pids_.size();
  ::kill(pids_[client], SIGSTOP);
  ::waitpid(pids_[client], nullptr, WUNTRACED);
  for (auto& file : shared_->holds) file[client] = 0;
  ::kill(pids_[client], SIGKILL);
  ::waitpid(pids_[client], nullptr, 0);
  start(client);
}

std::string Clients::stop() {
  shared_->stop = true;
  std::string wrong = fault();
  for (pid_t& pid : pids_) {
    int status = 0;
    if (!wait_until([&] { return ::waitpid(pid, &status, WNOHANG) == pid; })) {
      wrong += " client " + std::to_string(pid) + " hangs";
      continue;
    }
    pid = 0;
    if (status != 0) wrong += " a client ended with " + std::to_string(status);
  }
  return wrong + (wrong.empty() ? fault() : "");
}

std::uint64_t Clients::locked() const { return shared_->locked; }

std::string Clients::fault() const { return shared_->faulty ? shared_->fault : ""; }

}  // namespace lockfs::test

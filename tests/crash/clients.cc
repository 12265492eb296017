#include "tests/crash/clients.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
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

namespace {

// How a lock is asked for.
enum class Door { flock, process, open_file, hold };

struct Wish {
  Door door;
  bool exclusive;
  bool waits;
  bool writes;  // opens for writing without need
};

Wish random_wish(unsigned& seed) {
  constexpr Door doors[] = {Door::flock, Door::flock, Door::process, Door::open_file, Door::hold};
  const Door door = doors[static_cast<unsigned>(::rand_r(&seed)) % std::size(doors)];
  return {door, ::rand_r(&seed) % 3 != 0, ::rand_r(&seed) % 4 != 0, ::rand_r(&seed) % 2 == 0};
}

int call_fcntl(int fd, Door door, short type, bool waits) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = ::getpid() % 100;  // disjoint, which makes no difference
  lock.l_len = 1;
  const bool own = door == Door::process;
  return ::fcntl(fd, waits ? (own ? F_SETLKW : F_OFD_SETLKW) : (own ? F_SETLK : F_OFD_SETLK),
                 &lock);
}

int lock(int fd, const Wish& wish) {
  if (wish.door != Door::flock) {
    return call_fcntl(fd, wish.door, wish.exclusive ? F_WRLCK : F_RDLCK, wish.waits);
  }
  return ::flock(fd, (wish.exclusive ? LOCK_EX : LOCK_SH) | (wish.waits ? 0 : LOCK_NB));
}

int unlock(int fd, const Wish& wish) {
  if (wish.door != Door::flock) return call_fcntl(fd, wish.door, F_UNLCK, false);
  return ::flock(fd, LOCK_UN);
}

// The descriptor, locked; -1: it was not had.
int open_and_lock(const std::string& file, const Wish& wish) {
  const bool writes = wish.door != Door::flock || wish.writes;
  int fd = -1;
  do {
    fd = ::open(file.c_str(), (writes ? O_RDWR : O_RDONLY) | O_CREAT | O_CLOEXEC, 0666);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0 || lock(fd, wish) == 0) return fd;
  const int error = errno;
  ::close(fd);
  errno = error;
  return -1;
}

int open_to_hold(std::string file, const Wish& wish) {
  file.insert(file.rfind('/') + 1, ".hold/");
  const int flags = (wish.exclusive ? O_RDWR : O_RDONLY) | (wish.waits ? 0 : O_NONBLOCK);
  return ::open(file.c_str(), flags | O_CREAT | O_CLOEXEC, 0666);
}

// For the while of a call: a signal breaks it if it takes long, again and again, should one come
// before the wait.
class TimeLimit {
 public:
  explicit TimeLimit(bool set) : set_(set) {
    const itimerval limit{{0, 20'000}, {0, 10'000}};
    if (set_) ::setitimer(ITIMER_REAL, &limit, nullptr);
  }
  ~TimeLimit() {
    const itimerval none{};
    if (set_) ::setitimer(ITIMER_REAL, &none, nullptr);
  }

 private:
  bool set_;
};

}  // namespace

// One, or all that are always there, as a set, in either order.
std::vector<std::size_t> Clients::choose_files(unsigned& seed) const {
  if (::rand_r(&seed) % 4 != 0) return {static_cast<unsigned>(::rand_r(&seed)) % files_.size()};
  std::vector<std::size_t> set;
  for (std::size_t file = 0; file < files_.size(); ++file) {
    if (!files_[file].ends_with("/fresh")) set.push_back(file);
  }
  if (::rand_r(&seed) % 2 == 0) std::reverse(set.begin(), set.end());
  return set;
}

std::string Clients::path_of(const std::vector<std::size_t>& files) const {
  std::string path = files_[files.front()];
  for (std::size_t i = 1; i < files.size(); ++i) {
    const std::string& other = files_[files[i]];
    path += "+" + other.substr(other.rfind('/') + 1);
  }
  return path;
}

void Clients::check_all_alone(const std::vector<std::size_t>& files, std::size_t client,
                              bool exclusive) {
  for (const auto file : files) check_alone(file, client, exclusive);
}

// One lock or a set: asked for in some way, held for a moment, given up in some way.
void Clients::run_once(std::size_t client, unsigned& seed) {
  const std::vector<std::size_t> files = choose_files(seed);
  const std::string path = path_of(files);
  const Wish wish = random_wish(seed);
  const bool limited = wish.waits && ::rand_r(&seed) % 4 == 0;
  int fd = -1;
  int error = 0;
  {
    const TimeLimit limit(limited);
    fd = wish.door == Door::hold ? open_to_hold(path, wish) : open_and_lock(path, wish);
    error = errno;
  }
  if (fd >= 0) {
    for (const auto file : files) shared_->holds[file][client] = wish.exclusive ? 2 : 1;
    check_all_alone(files, client, wish.exclusive);
    ++shared_->locked;
    if (::rand_r(&seed) % 4 == 0) ::usleep(200);
    check_all_alone(files, client, wish.exclusive);
    for (const auto file : files) shared_->holds[file][client] = 0;
    const bool unlocks = wish.door != Door::hold && ::rand_r(&seed) % 2 == 0;
    if (unlocks && unlock(fd, wish) != 0) report("unlock failed");
    if (::close(fd) != 0) report(std::string("close: ") + std::strerror(errno));
  } else if (!(!wish.waits && error == EWOULDBLOCK) && !(limited && error == EINTR)) {
    report("lock " + path + ": " + std::strerror(error));
  }
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

// The longest round trip of a client that locks and unlocks a lock of its own while the worker is
// killed, or replaced, with others waiting for another lock. In milliseconds.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>

#include "tests/bench/cases.h"
#include "tests/bench/locking.h"
#include "tests/bench/mount.h"
#include "tests/bench/process.h"
#include "tests/bench/shared.h"
#include "tests/bench/waiters.h"

namespace lockfs::bench {
namespace {

struct Rounds {
  std::atomic<std::uint64_t> count;
  std::atomic<double> longest_us;
};

class Client {
 public:
  explicit Client(const std::string& path) : process_(1, [=, this](int) { run(path); }) {
    process_.go();
  }

  void wait_for_rounds(std::uint64_t more) const {
    const std::uint64_t until = rounds_->count + more;
    wait_until("the client goes on", [&] { return rounds_->count >= until; });
  }
  void forget() { rounds_->longest_us = 0; }
  double longest_us() const { return rounds_->longest_us; }

 private:
  [[noreturn]] void run(const std::string& path) const {
    const Descriptor file = open_file(path, O_RDONLY);
    for (;;) {
      const double start = now_us();
      lock(file);
      unlock(file);
      const double time = now_us() - start;
      if (time > rounds_->longest_us) rounds_->longest_us = time;
      ++rounds_->count;
    }
  }

  Shared<Rounds> rounds_;
  Team process_;
};

// A holder and those who wait for it, in a process of their own: one with ten thousand open files
// is slow in starting others.
class Crowd {
 public:
  Crowd(const std::string& path, std::size_t waiting)
      : process_(1, [=, this](int) { run(path, waiting); }) {
    process_.go();
    wait_until("all wait", [this] { return ready_->load(); });
  }

 private:
  void run(const std::string& path, std::size_t waiting) const {
    const Descriptor first = open_file(path, O_RDONLY);
    lock(first);
    const Waiters waiters(path, waiting);
    ready_->store(true);
    ::pause();
  }

  Shared<std::atomic<bool>> ready_;
  Team process_;
};

// How long the client is held up by what `disturb` does. It is over when another worker is there
// and the client goes on.
double pause_ms(const Mount& lockfs, Client& client, const std::function<void()>& disturb) {
  client.wait_for_rounds(1000);
  client.forget();
  const pid_t before = lockfs.worker();
  disturb();
  wait_until("another worker serves",
             [&] { return lockfs.worker() != 0 && lockfs.worker() != before; });
  client.wait_for_rounds(1000);
  return client.longest_us() / 1000;
}

void kill_worker(const Mount& lockfs) {
  const pid_t worker = lockfs.worker();
  if (worker == 0 || ::kill(worker, SIGKILL) != 0) fail("there is no worker to kill");
}

void upgrade(const Mount& lockfs) {
  constexpr std::string_view command = "upgrade\n";
  const Descriptor control = open_file(lockfs.path(".ctl"), O_WRONLY);
  if (::write(control.get(), command.data(), command.size()) < 0) fail("upgrade");
}

double start_program_ms() {
  const double start = now_us();
  run({LOCKFS_PROGRAM, "--version"});
  return (now_us() - start) / 1000;
}

Figures measure_with(const std::string& folder, std::size_t waiting, double at_most) {
  const Mount lockfs = Mount::lockfs(folder, "[deploy]\n[quiet]\n");
  const Crowd crowd(lockfs.path("deploy"), waiting);
  Client client(lockfs.path("quiet"));
  const auto all = measure_in_turns(
      {{"kill -9", [&] { return pause_ms(lockfs, client, [&] { kill_worker(lockfs); }); }},
       {"upgrade", [&] { return pause_ms(lockfs, client, [&] { upgrade(lockfs); }); }},
       {"--version", start_program_ms}},
      21);
  const std::string figure = "pause with " + std::to_string(waiting) + " waiters";
  return {compare(figure, "ms", all[0], all[2], at_most),
          compare(figure, "ms", all[1], all[2], at_most)};
}

}  // namespace

Figures measure_pause(const std::string& folder) {
  Figures figures;
  for (const auto& [waiting, at_most] : {std::pair(0, 3.0), {1'000, 10.0}, {10'000, 30.0}}) {
    const auto more = measure_with(folder, static_cast<std::size_t>(waiting), at_most);
    append(figures, more);
  }
  return figures;
}

}  // namespace lockfs::bench

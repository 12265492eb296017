#include "fs/keeper.h"

#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <deque>
#include <optional>
#include <thread>
#include <utility>

#include "fs/cut_off.h"
#include "fs/daemon.h"
#include "fs/kept_sockets.h"
#include "fs/mounts.h"
#include "fs/passed_signals.h"
#include "fs/service_manager.h"

namespace lockfs {
namespace {

using Clock = std::chrono::steady_clock;

// How long a worker may take to end when it has nothing to do for it.
constexpr int put_by_limit_s = 5;

constexpr int max_packets_at_once = 64;

class Keeper {
 public:
  Keeper(Holdings holdings, const Options& options, const Program& program)
      : holdings_(std::move(holdings)), options_(options), program_(program) {
    sockets_.keep(std::move(holdings_.sockets));
  }

  Ending keep(Role first) {
    watch_signals();
    if (!holdings_.peer) start_worker(first);
    while (!ending_) {
      wait();
      take_signals();
      watch_successor();
      watch_worker();
    }
    return *ending_;
  }

 private:
  void watch_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : Daemon::signals()) sigaddset(&set, number);
    sigaddset(&set, SIGUSR2);
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    signals_.reset(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  }

  void wait() const {
    std::array<pollfd, 3> sources{{{holdings_.peer.get(), POLLIN, 0},
                                   {signals_.get(), POLLIN, 0},
                                   {successor_.peer.get(), POLLIN, 0}}};
    ::poll(sources.data(), sources.size(), successor_.peer || put_by_deadline_ ? 100 : -1);
  }

  // Of what it has sent not all at once: sockets may come by the thousand.
  void watch_worker() {
    bool ended = false;
    for (int i = 0; i < max_packets_at_once && !ending_; ++i) {
      auto packet = receive_packet(holdings_.peer, ended);
      if (!packet) break;
      take(std::move(*packet));
    }
    if (ending_) return;  // its end is in good order
    if (put_by_deadline_ && (ended || Clock::now() > *put_by_deadline_)) {
      ending_ = Ending::put_by;
    } else if (ended) {
      worker_ended();
    }
  }

  void take(Packet packet) {
    if (packet.message == Message::leaving) worker_left();
    if (packet.message == Message::failed) {
      spdlog::error("the worker cannot serve: {}", packet.words);
    }
    if (packet.message == Message::taken && !packet.words.empty()) {
      signals_passed_.taken(static_cast<Message>(packet.words.front()));
    }
    if (packet.message == Message::superseded) ending_ = Ending::superseded;
    if (packet.message == Message::replace) start_successor();
    if (packet.message == Message::keep) sockets_.keep(std::move(packet.sockets));
    if (packet.message == Message::drop) sockets_.drop(packet.words);
  }

  void take_signals() {
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
      switch (info.ssi_signo) {
        case SIGHUP:
          signals_passed_.pass(Message::reload, holdings_.peer);
          break;
        case SIGUSR1:
          signals_passed_.pass(Message::upgrade, holdings_.peer);
          break;
        case SIGUSR2:
          put_by();
          break;
        case SIGINT:
          signals_passed_.pass(Message::interrupt, holdings_.peer);
          break;
        default:
          signals_passed_.pass(Message::terminate, holdings_.peer);
      }
    }
  }

  // A worker that does not react may be killed: all that counts is in the journal.
  void put_by() {
    if (!service_manager::is_there()) {
      spdlog::warn("SIGUSR2 is ignored: no service manager keeps the locks meanwhile");
      return;
    }
    spdlog::info("leaving the locks to the service manager, for the program that it starts");
    if (successor_.peer) give_up_successor("the service manager starts another");
    put_by_deadline_ = Clock::now() + std::chrono::seconds(put_by_limit_s);
    send(holdings_.peer, Message::yield);
  }

  void start_worker(Role role) {
    Spawned spawned = spawn(role, holdings_, program_, this_program);
    worker_ = spawned.pid;
    holdings_.peer = std::move(spawned.peer);
    sockets_.give(holdings_.peer);
    send(holdings_.peer, Message::kept_all);
  }

  // The program on disk replays the journal beside the old worker, which goes on meanwhile.
  void start_successor() {
    if (successor_.peer || put_by_deadline_) return;
    successor_ready_ = false;
    successor_deadline_ = Clock::now() + std::chrono::seconds(upgrade_limit_s);
    successor_ = spawn(Role::successor, holdings_, program_, program_.file.c_str());
  }

  void watch_successor() {
    if (!successor_.peer) return;
    bool ended = false;
    std::string words;
    const auto message = receive(successor_.peer, ended, words);
    if (message == Message::ready) {
      successor_ready_ = true;
      successor_program_ = executable_of(successor_.pid);
      send(holdings_.peer, Message::yield);
    } else if (message == Message::failed) {
      give_up_successor(words);
    } else if (ended) {
      give_up_successor("it ended");
    } else if (!successor_ready_ && Clock::now() > successor_deadline_) {
      give_up_successor("it was not ready within " + std::to_string(upgrade_limit_s) + " s");
    }
  }

  // The old worker goes on, if it has not died meanwhile.
  void give_up_successor(const std::string& reason) {
    spdlog::error("the program {} did not come up: {}; the old one goes on", program_.file, reason);
    if (successor_.pid > 0) {
      ::kill(successor_.pid, SIGKILL);
      ::waitpid(successor_.pid, nullptr, 0);
    }
    successor_ = {};
    successor_ready_ = false;
    send(holdings_.peer, Message::stay, reason);
  }

  // It has closed its socket and so is about to end. One whose id this keeper does not know, having
  // become what it is by exec, is whichever child ends now, if it is a child at all.
  static void reap(pid_t old_worker) {
    if (old_worker > 0) {
      ::waitpid(old_worker, nullptr, 0);
      return;
    }
    for (int tries = 0; tries < 100 && ::waitpid(-1, nullptr, WNOHANG) == 0; ++tries) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  // The old worker ended, for its successor or before it: either way that one takes over, and the
  // keeper becomes the new program's too.
  void hand_over() {
    const pid_t old_worker = std::exchange(worker_, successor_.pid);
    holdings_.peer = std::move(successor_.peer);
    successor_ = {};
    sockets_.give(holdings_.peer);
    send(holdings_.peer, Message::take_over);
    signals_passed_.pass_again(holdings_.peer);
    reap(old_worker);
    spdlog::info("{} took over", program_.file);
    sockets_.survive_exec(true);
    become_keeper(holdings_, program_, successor_program_);
    sockets_.survive_exec(false);
    spdlog::warn("the keeper stays what it was: {} cannot be executed", program_.file);
  }

  void worker_left() {
    ::waitpid(worker_, nullptr, 0);
    ending_ = Ending::left;
  }

  void worker_ended() {
    if (successor_ready_) {
      successor_ready_ = false;
      return hand_over();
    }
    if (successor_.peer) give_up_successor("the old one died meanwhile");
    worker_died();
  }

  void worker_died() {
    int status = 0;
    // One that we did not start ourselves may be another's child: then all we know is that it is
    // gone.
    const bool ours = ::waitpid(worker_, &status, 0) > 0;
    const bool crashed = ours && !(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    if (crashed && !note_crash()) return give_up(describe(ours, status));
    spdlog::warn("the worker died ({}); starting another", describe(ours, status));
    if (!crashed) pause_after_kill();
    start_worker(crashed ? Role::survivor : Role::worker);
    signals_passed_.pass_again(holdings_.peer);
  }

  void give_up(const std::string& last) {
    spdlog::critical("the worker died {} times within {} s (at last: {}): taking down {}",
                     max_crashes, crash_window_s, last, options_.mount_point);
    log_cut_off(holdings_.journal);
    detach_mount(options_.mount_point);
    ending_ = Ending::gave_up;
  }

  // Each crash in the window makes the next start later. False if it is one too many.
  bool note_crash() {
    const auto now = Clock::now();
    crashes_.push_back(now);
    while (now - crashes_.front() > std::chrono::seconds(crash_window_s)) crashes_.pop_front();
    if (crashes_.size() >= max_crashes) return false;
    const auto pause = std::chrono::milliseconds(20 << std::min<std::size_t>(crashes_.size(), 6));
    if (crashes_.size() > 1) std::this_thread::sleep_for(pause);
    return true;
  }

  // Whoever kills workers has reasons of his own, which are not ours to judge: there is no last
  // time. But one that the system kills for want of memory, over and over, is not to add to it.
  void pause_after_kill() {
    const auto now = Clock::now();
    kills_.push_back(now);
    while (now - kills_.front() > std::chrono::seconds(kill_window_s)) kills_.pop_front();
    if (kills_.size() <= max_prompt_restarts) return;
    const auto beyond = kills_.size() - max_prompt_restarts;
    std::this_thread::sleep_for(std::chrono::milliseconds(std::min<std::size_t>(20 * beyond, 500)));
  }

  static std::string describe(bool ours, int status) {
    if (!ours) return "how is not known";
    if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
    return "exit status " + std::to_string(WEXITSTATUS(status));
  }

  Holdings holdings_;
  KeptSockets sockets_;
  const Options& options_;
  const Program& program_;
  Descriptor signals_;
  pid_t worker_ = -1;  // -1, for waitpid(2): whatever child there is
  Spawned successor_;  // while an upgrade is under way
  bool successor_ready_ = false;
  Descriptor successor_program_;
  Clock::time_point successor_deadline_;
  std::deque<Clock::time_point> crashes_;
  std::deque<Clock::time_point> kills_;
  PassedSignals signals_passed_;
  std::optional<Clock::time_point> put_by_deadline_;  // set: both processes are about to end
  std::optional<Ending> ending_;
};

}  // namespace

Ending keep(Holdings holdings, const Options& options, const Program& program, Role first) {
  return Keeper(std::move(holdings), options, program).keep(first);
}

}  // namespace lockfs

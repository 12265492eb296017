#include "fs/daemon.h"

#include <spdlog/spdlog.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "fs/cut_off.h"
#include "fs/log.h"
#include "fs/mounts.h"

namespace lockfs {

Daemon::Daemon(const Options& options, Journal& journal, std::unique_ptr<Engine> engine,
               Holdings& holdings, const Program& program, RequestId poison)
    : options_(options),
      holdings_(holdings),
      program_(program),
      poison_(poison),
      signals_(loop_, signals(), [this](int number) { on_signal(number); }),
      worker_(loop_),
      tokens_(loop_, worker_, journal.settings().state_file),
      notifier_(loop_),
      service_(std::move(engine), journal),
      views_(service_.engine(), worker_),
      control_(service_, worker_, {options.config, options.lax_accounts}),
      door_(service_, views_, control_),
      stop_timer_(loop_,
                  [this] {
                    log_cut_off(service_.engine());
                    leave();
                  }),
      idle_timer_(loop_,
                  [this] {
                    if (service_.engine().opens() == 0) {
                      spdlog::info("nobody has had a file open for {} s: leaving",
                                   options_.idle_timeout->count());
                      leave();
                    }
                  }),
      session_(holdings.fuse.get(), journal, door_, options.debug) {
  service_.after_event = [this] { after_event(); };
  control_.on_upgrade = [this] { upgrade(); };
  control_.on_reloading = [this] { notifier_.reloading(); };
  control_.on_reloaded = [this] { notifier_.reloaded(); };
}

const std::vector<int>& Daemon::signals() {
  static const std::vector<int> numbers = {SIGHUP, SIGTERM, SIGINT, SIGUSR1};
  return numbers;
}

void Daemon::run() {
  loop_.watch(holdings_.peer.get(), [this] { on_peer(); });
  {
    const std::lock_guard turn(loop_.turn());
    session_.resume(service_, poison_);
    if (service_.engine().stopping()) start_stop_timer();
    after_event();
  }
  session_.start(loop_, [this] {
    spdlog::info("{} was unmounted", options_.mount_point);
    leave();
  });
  notifier_.serving();
  loop_.run();
  service_manager::stopping();
  detach_mount(options_.mount_point);
  session_.stop();
  send(holdings_.peer, Message::leaving);
}

void Daemon::on_peer() {
  bool ended = false;
  std::string words;
  const auto message = receive(holdings_.peer, ended, words);
  if (ended) return start_keeper();
  if (message == Message::reload) on_signal(SIGHUP);
  if (message == Message::upgrade) on_signal(SIGUSR1);
  if (message == Message::interrupt) on_signal(SIGINT);
  if (message == Message::terminate) on_signal(SIGTERM);
  if (message == Message::yield) yield();
  if (message == Message::stay) {
    control_.upgraded(
        {Code::unavailable, "the new program did not come up: " + words + "; the old one goes on"});
  }
}

void Daemon::upgrade() {
  spdlog::info("upgrading to {}", program_.file);
  send(holdings_.peer, Message::replace);
}

// Everything stands in the journal, and the successor has read it: nothing is to be tidied up.
void Daemon::yield() {
  control_.upgraded({Code::ok, "the program on disk took over"});
  close_log();
  ::_exit(0);
}

// The keeper was killed: another takes its place.
void Daemon::start_keeper() {
  spdlog::warn("the keeper died; starting another");
  ::waitpid(-1, nullptr, WNOHANG);  // it may have been our child
  loop_.forget(holdings_.peer.get());
  holdings_.peer = spawn(Role::keeper, holdings_, program_, this_program).peer;
  loop_.watch(holdings_.peer.get(), [this] { on_peer(); });
  control_.upgraded({Code::unavailable, "the keeper died; the old program goes on"});
}

void Daemon::on_signal(int number) {
  switch (number) {
    case SIGHUP:
      return control_.reload();
    case SIGUSR1:
      return upgrade();
    default:
      return stop();
  }
}

// The first time in good order: waits end, holders are served until the last one closes or the time
// is over. The second time at once.
void Daemon::stop() {
  if (service_.engine().stopping()) {
    log_cut_off(service_.engine());
    return leave();
  }
  spdlog::info("stopping: {} holds, {} waits", service_.engine().holds(),
               service_.engine().waiters());
  start_stop_timer();
  notifier_.stopping(std::chrono::seconds(service_.journal().settings().stop_timeout_s));
  service_.post(event::Stop{});
}

void Daemon::start_stop_timer() {
  stop_timer_.start(std::chrono::seconds(service_.journal().settings().stop_timeout_s));
}

void Daemon::after_event() {
  const Engine& engine = service_.engine();
  tokens_.given(engine.last_token());
  if (engine.stopping() && engine.holds() == 0) return leave();
  if (!options_.idle_timeout) return;
  if (engine.opens() > 0) {
    if (idle_timer_.running()) idle_timer_.stop();
  } else if (!idle_timer_.running()) {
    idle_timer_.start(*options_.idle_timeout);
  }
}

void Daemon::leave() { loop_.stop(); }

}  // namespace lockfs

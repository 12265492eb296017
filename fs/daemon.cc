#include "fs/daemon.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "fs/clock.h"
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
      marks_(loop_, worker_, service_.engine(), journal.settings().state_file),
      views_(service_.engine(), service_.events(), worker_, options.mount_point),
      control_(service_, worker_, {options.config, options.lax_accounts}),
      feed_(service_, worker_, loop_),
      history_(service_.events(), loop_, journal.settings().history),
      door_(service_, views_, control_, feed_),
      lineages_(loop_, worker_, service_),
      sockets_(loop_, service_, holdings.peer),
      remote_processes_(loop_, worker_, service_),
      hooks_(loop_, service_),
      deadline_timer_(loop_,
                      [this] {
                        deadline_ = 0;
                        service_.post(event::Tick{});
                      }),
      stop_timer_(loop_,
                  [this] {
                    log_cut_off(service_.engine());
                    leave();
                  }),
      idle_timer_(loop_,
                  [this] {
                    if (!is_used()) {
                      spdlog::info("nobody has had a file open for {} s: leaving",
                                   options_.idle_timeout->count());
                      leave();
                    }
                  }),
      keeper_timer_(loop_, [this] { start_keeper(); }),
      session_(holdings.fuse.get(), journal, door_, options.debug) {
  service_.after_event = [this] { after_event(); };
  service_.wake = [this](std::uint64_t number) {
    const auto notification = wakeup(number);  // whose descriptor is closed by now is not there
    static_cast<void>(!::write(holdings_.fuse.get(), notification.data(), notification.size()));
  };
  door_.on_wait = [this](RequestId id, pid_t thread) { lineages_.waits(id, thread); };
  service_.on_upgrade = [this] { upgrade(); };
  service_.on_reloads = [this](const auto& connections) { reload_for(connections); };
  service_.on_suspects = [this](const auto& suspects) { remote_processes_.check(suspects); };
  service_.on_cleanings = [this](const auto& places) { hooks_.clean(places); };
  service_.on_reloaded = [this] {
    sockets_.after_reload();
    hooks_.reloaded();
  };
  control_.on_upgrade = [this] { upgrade(); };
  control_.prepare_doors = [this](const Doors& doors) { return sockets_.prepare(doors); };
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
    lineages_.resume();
    sockets_.resume(std::move(holdings_.sockets));
    hooks_.resume();
    reload_for(service_.engine().awaiting_reload());
    if (service_.engine().stopping()) start_stop_timer();
    after_event();
  }
  session_.start(loop_, [this] {
    spdlog::info("{} was unmounted", options_.mount_point);
    unmounted_ = true;
    leave();
  });
  notifier_.serving();
  loop_.run();
  marks_.finish();
  service_manager::stopping();
  {
    const std::lock_guard turn(loop_.turn());
    sockets_.leave();
  }
  log_uncleaned();
  if (!unmounted_) detach_mount(options_.mount_point);  // else another's may be there by now
  session_.stop();
  service_.pending().fail_all(ECANCELED);  // who reads events that will not come, or came just now
  send(holdings_.peer, Message::leaving);
}

void Daemon::on_peer() {
  bool ended = false;
  std::string words;
  const auto message = receive(holdings_.peer, ended, words);
  if (ended) return start_keeper();
  if (message == Message::reload) control_.reload([this] { taken(Message::reload); });
  if (message == Message::upgrade) {
    upgrade();
    taken(Message::upgrade);
  }
  if (message == Message::interrupt || message == Message::terminate) {
    // What the journal has of it counts once.
    if (words != passed_again || !service_.engine().stopping()) stop();
    taken(*message);
  }
  if (message == Message::yield) yield();
  if (message == Message::stay) {
    control_.upgraded(
        {Code::unavailable, "the new program did not come up: " + words + "; the old one goes on"});
  }
}

void Daemon::taken(Message signal) {
  const char letter = static_cast<char>(signal);
  send(holdings_.peer, Message::taken, {&letter, 1});
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

// The keeper was killed: another takes its place. Where there is no room for a process now, there
// will be.
void Daemon::start_keeper() {
  spdlog::warn("the keeper died; starting another");
  if (holdings_.peer) loop_.forget(holdings_.peer.get());
  Spawned keeper = spawn(Role::keeper, holdings_, program_, this_program);
  holdings_.peer = keeper.pid > 0 ? std::move(keeper.peer) : Descriptor();
  if (holdings_.peer) {
    loop_.watch(holdings_.peer.get(), [this] { on_peer(); });
    sockets_.keep_anew();
  } else {
    spdlog::error("no keeper can be started ({}): trying again", std::strerror(errno));
    keeper_timer_.start(std::chrono::seconds(1));
  }
  control_.upgraded({Code::unavailable, "the keeper died; the old program goes on"});
}

void Daemon::on_signal(int number) {
  switch (number) {
    case SIGHUP:
      return control_.reload([] {});
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

// Those whom a predecessor did not come to answer ask again.
void Daemon::reload_for(const std::vector<ConnectionId>& connections) {
  for (const auto id : connections) {
    const Connection& asker = *service_.engine().find_connection(id);
    control_.reload(request_of(id), {asker.user.value_or(unknown_uid), asker.peer.pid, 0});
  }
}

void Daemon::start_stop_timer() {
  stop_timer_.start(std::chrono::seconds(service_.journal().settings().stop_timeout_s));
}

// By the clock that the engine goes by; what happens then may not be due yet if that was set back.
void Daemon::watch_deadline() {
  const auto deadline = service_.engine().next_deadline();
  if (!deadline || *deadline == deadline_) return;
  deadline_ = *deadline;
  deadline_timer_.start(std::chrono::nanoseconds(std::max<WallTime>(1, *deadline - wall_now())));
}

void Daemon::after_event() {
  const Engine& engine = service_.engine();
  tokens_.given(engine.last_token());
  marks_.look();
  feed_.after_event();
  history_.after_event();
  watch_deadline();
  remote_processes_.start_if_needed();
  if (engine.stopping() && engine.holds() == 0 && engine.cleaning() == 0) return leave();
  if (!options_.idle_timeout) return;
  if (is_used()) {
    if (idle_timer_.running()) idle_timer_.stop();
  } else if (!idle_timer_.running()) {
    idle_timer_.start(*options_.idle_timeout);
  }
}

bool Daemon::is_used() const {
  return service_.engine().opens() > 0 || service_.engine().cleaning() > 0;
}

void Daemon::leave() { loop_.stop(); }

void Daemon::log_uncleaned() const {
  for (const auto& place : service_.engine().units_to_clean()) {
    spdlog::warn("leaving before on_release has ended: {} {}", place.lock, place.unit);
  }
}

}  // namespace lockfs

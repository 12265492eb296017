// lockfs: mounts a filesystem whose files are locks.
//
// Started by a user it mounts, begins a journal and becomes the keeper, which starts the worker;
// started by one of these it takes up its part.
#include <malloc.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <exception>
#include <iostream>
#include <optional>

#include "fs/argument_pointers.h"
#include "fs/background.h"
#include "fs/clock.h"
#include "fs/configuration.h"
#include "fs/daemon.h"
#include "fs/fault.h"
#include "fs/hook_process.h"
#include "fs/journal.h"
#include "fs/keeper.h"
#include "fs/kept_mount.h"
#include "fs/kept_sockets.h"
#include "fs/log.h"
#include "fs/mounting.h"
#include "fs/mounts.h"
#include "fs/options.h"
#include "fs/role.h"
#include "fs/service_manager.h"
#include "fs/socket_door.h"
#include "fs/stale_mount.h"
#include "fs/state_folder.h"
#include "fs/version.h"

namespace {

using lockfs::Holdings;
using lockfs::LoadedConfiguration;
using lockfs::Options;
using lockfs::Program;
using lockfs::Role;
using lockfs::service_manager::Stored;

int fail(const std::string& reason) {
  std::cerr << "lockfs: " << reason << '\n';
  return 1;
}

// In the background syslog by default, in front the terminal.
std::string log_target(const Options& options, const std::string& configured) {
  return !configured.empty() ? configured : options.foreground ? "stderr" : "syslog";
}

bool start_log(const Options& options, const std::string& target, bool threaded) {
  return lockfs::open_log({target, options.verbose || options.debug, threaded});
}

bool show_faults(const LoadedConfiguration& loaded) {
  for (const auto& warning : loaded.warnings) std::cerr << "lockfs: warning: " << warning << '\n';
  for (const auto& error : loaded.errors) std::cerr << "lockfs: " << error << '\n';
  return loaded.errors.empty();
}

// Whoever started lockfs waits until all that can fail has been done.
int run_keeper(Holdings holdings, const Options& options, const Program& program,
               lockfs::Background& background, Role first = Role::worker) {
  ::prctl(PR_SET_NAME, "lockfs-keeper");
  lockfs::PidFile pid_file(options.pid_file);
  if (!pid_file.write()) {
    lockfs::detach_mount(options.mount_point);
    return fail(options.pid_file + ": " + std::strerror(errno));
  }
  background.ready();
  lockfs::service_manager::announce_main_process();
  lockfs::service_manager::store(holdings);
  const auto ending = lockfs::keep(std::move(holdings), options, program, first);
  const bool over = ending == lockfs::Ending::left || ending == lockfs::Ending::gave_up;
  if (over) lockfs::service_manager::forget_stored();
  return ending == lockfs::Ending::gave_up ? 1 : 0;
}

// As whoever mounted began it.
void continue_log(const Holdings& holdings, const Options& options) {
  std::string error;
  auto journal = lockfs::Journal::open(holdings.journal.get(), error);
  if (journal && journal->read_settings()) {
    start_log(options, journal->settings().log_target, false);
  }
}

// With a mount that the service manager kept. The configuration is in its journal: what the file
// says now counts from the next reload on. What ended the processes nobody knows: it may have been
// a request.
int go_on(Holdings kept, const Options& options, const Program& program) {
  lockfs::Background background;
  if (!options.foreground) background.enter();
  continue_log(kept, options);
  spdlog::info(
      "both processes that served {} had ended: going on with all locks, which the service manager "
      "kept",
      options.mount_point);
  return run_keeper(std::move(kept), options, program, background, Role::survivor);
}

// The program that served the mount goes on with it, if it was kept too: it can read its journal.
void leave_it_to(const lockfs::Descriptor& before, Holdings& kept, const Program& program,
                 const std::string& reason) {
  if (!before) return;
  std::cerr << "lockfs: " << reason << ": the program that served the mount so far goes on\n";
  kept.peer = lockfs::dead_peer();
  lockfs::become_keeper(kept, program, before);
}

// Without a mount that the service manager kept, and that is of no use.
void give_up(Holdings kept, const std::string& reason) {
  std::cerr << "lockfs: the service manager kept a mount, but " << reason << ": starting afresh\n";
  kept = {};
  lockfs::service_manager::forget_stored();
}

// The log may be where nobody looks: whoever starts lockfs is told too.
void clear_dead_mounts(const std::string& path, const std::string& log_target) {
  if (!lockfs::detach_dead_mounts(path)) return;
  const std::string text = path + ": the lockfs that was mounted there had died, with its locks; " +
                           "its mount was taken away";
  spdlog::warn(text);
  if (log_target != "stderr") std::cerr << "lockfs: warning: " << text << '\n';
}

// With the tokens and marks that outlived the mount before.
std::unique_ptr<lockfs::Engine> first_engine(const LoadedConfiguration& loaded,
                                             const std::string& state_file,
                                             lockfs::Effects& effects) {
  const auto now = lockfs::wall_now();
  const auto reserved = lockfs::start_tokens(state_file, now);
  if (!reserved.trouble.empty()) spdlog::error("{}; locking goes on", reserved.trouble);
  auto engine = std::make_unique<lockfs::Engine>(loaded.policy, now, reserved.last_token);
  engine->apply(now, lockfs::event::SetMarks{reserved.marks}, effects);
  for (const auto& notice : effects.notices) lockfs::log_notice(effects.told(notice));
  return engine;
}

// Mounts and begins the journal. Nothing, with the reason unless that has been shown, if it fails.
std::optional<Holdings> set_up(const Options& options, lockfs::Background& background,
                               std::string& error) {
  const auto loaded = lockfs::load_configuration(options.config, options.lax_accounts);
  if (!show_faults(loaded)) return std::nullopt;
  if (!options.foreground) background.enter();
  const std::string target = log_target(options, loaded.settings.log);
  if (!start_log(options, target, false)) {
    error = "cannot write the log " + target + ": " + std::strerror(errno);
    return std::nullopt;
  }
  std::vector<std::string> door_errors;
  auto doors = lockfs::open_doors(loaded.policy.doors, door_errors);
  if (!door_errors.empty()) {
    error = door_errors.front();
    return std::nullopt;
  }
  clear_dead_mounts(options.mount_point, target);
  // From here on somebody has to unmount: a signal waits for the keeper.
  lockfs::Signals::block(lockfs::Daemon::signals());
  auto mounted = lockfs::mount(
      {options.mount_point, options.mount_options, options.make_mount_point, options.debug}, error);
  if (!mounted) return std::nullopt;
  const auto file = lockfs::state_file(loaded.settings.state, options.mount_point);
  lockfs::Effects effects;
  const auto engine = first_engine(loaded, file, effects);
  auto journal = lockfs::Journal::create({.log_target = target,
                                          .stop_timeout_s = loaded.settings.stop_timeout.count(),
                                          .mount_point = options.mount_point,
                                          .state_file = file,
                                          .history = loaded.settings.history},
                                         mounted->fuse_init, *engine);
  lockfs::EventRing events(journal.event_room());
  for (const auto& notice : effects.notices) events.push(effects.told(notice));
  return Holdings{std::move(mounted->fuse), journal.take_descriptor(), {}, std::move(doors)};
}

// The keeper keeps nothing of the configuration, which is in the journal.
int start(const Options& options, const Program& program) {
  lockfs::Background background;
  std::string error;
  auto holdings = set_up(options, background, error);
  if (!holdings) return error.empty() ? 1 : fail(error);
  ::malloc_trim(0);
  spdlog::info("mounted on {}", options.mount_point);
  return run_keeper(std::move(*holdings), options, program, background);
}

int begin(Stored stored, const Options& options, const Program& program) {
  Holdings& kept = stored.holdings;
  if (!kept.fuse || !kept.journal) return start(options, program);
  if (lockfs::is_served(kept)) {
    return fail("the mount that the service manager kept is still being served");
  }
  const auto fault = lockfs::find_fault(kept, options.mount_point);
  if (fault.reason.empty()) return go_on(std::move(kept), options, program);
  if (fault.of_journal) leave_it_to(stored.program, kept, program, fault.reason);
  give_up(std::move(kept), fault.reason);
  return start(options, program);
}

// The sockets that the keeper has for its worker, up to this message, or until there is no keeper
// any more.
void take_sockets(Holdings& holdings, lockfs::Message last) {
  for (bool ended = false; !ended;) {
    pollfd source{holdings.peer.get(), POLLIN, 0};
    ::poll(&source, 1, -1);
    auto packet = lockfs::receive_packet(holdings.peer, ended);
    if (!packet) continue;
    for (auto& socket : packet->sockets) holdings.sockets.push_back(std::move(socket));
    if (packet->message == last) return;
  }
}

// A successor: says that it could take over and waits until it may, or until there is no keeper to
// say so: then the old worker may be gone too.
void wait_for_turn(Holdings& holdings) {
  lockfs::fault_point("before_ready");
  lockfs::send(holdings.peer, lockfs::Message::ready);
  take_sockets(holdings, lockfs::Message::take_over);
}

// Whatever is large is taken from the system and given back to it, also after the first time: a
// snapshot's vectors would else leave holes among the claims.
void use_memory_sparingly() {
  constexpr int large = 128 * 1024;
  ::mallopt(M_MMAP_THRESHOLD, large);
}

int work(Holdings holdings, const Options& options, const Program& program, Role role) {
  use_memory_sparingly();
  ::prctl(PR_SET_NAME, "lockfs");
  lockfs::Signals::block(lockfs::Daemon::signals());
  std::string error;
  auto journal = lockfs::Journal::open(holdings.journal.get(), error);
  std::unique_ptr<lockfs::Engine> engine;
  if (journal && !journal->replay(engine)) error = "the journal is damaged";
  if (!error.empty()) {
    lockfs::send(holdings.peer, lockfs::Message::failed, error);
    return fail(error);
  }
  if (role == Role::successor) {
    wait_for_turn(holdings);
  } else {
    take_sockets(holdings, lockfs::Message::kept_all);
  }
  lockfs::fault_point("before_owning");
  if (!journal->own(std::chrono::seconds(2))) {
    lockfs::send(holdings.peer, lockfs::Message::superseded);
    return fail("another worker serves this mount");
  }
  if (!journal->replay(engine)) return fail("the journal is damaged");
  journal->convert(*engine);
  ::malloc_trim(0);  // of the snapshot
  start_log(options, journal->settings().log_target, true);
  if (const auto& before = journal->settings().written_by; before != lockfs::version()) {
    spdlog::info("lockfs {} goes on where {} was", lockfs::version(),
                 before.empty() ? "an older one" : before);
  }
  {
    lockfs::Daemon daemon(options, *journal, std::move(engine), holdings, program,
                          journal->find_poison(role == Role::survivor));
    daemon.run();
  }
  spdlog::info("left {}", options.mount_point);
  lockfs::close_log();
  return 0;
}

// What the other processes are started with: the same options, whatever folder they stand in.
class Arguments {
 public:
  Arguments(const char* program, const Options& options) : words_(lockfs::to_arguments(options)) {
    words_.insert(words_.begin(), program);
    pointers_ = lockfs::pointers_to(words_);
  }
  char* const* get() const { return pointers_.data(); }

 private:
  std::vector<std::string> words_;
  std::vector<char*> pointers_;
};

int take_part(lockfs::InheritedRole inherited, const Options& options, const Program& program) {
  if (inherited.role != Role::keeper) {
    return work(std::move(inherited.holdings), options, program, inherited.role);
  }
  continue_log(inherited.holdings, options);
  inherited.holdings.sockets = lockfs::KeptSockets::inherited();
  lockfs::Background already_there;
  return run_keeper(std::move(inherited.holdings), options, program, already_there);
}

// Thousands of clients may be connected.
void allow_many_files() {
  constexpr rlim_t enough = 40'000;
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= enough) return;
  files.rlim_cur = std::min(files.rlim_max, enough);
  ::setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace

int main(int argc, char** argv) {
  if (lockfs::is_hook(argc, argv)) return lockfs::run_hook(argv);
  std::signal(SIGPIPE, SIG_IGN);
  allow_many_files();
  auto inherited = lockfs::inherited_role();
  auto stored = inherited ? Stored{} : lockfs::service_manager::take_stored();
  const auto parsed = lockfs::parse_options(argc, argv, std::cout, std::cerr);
  if (parsed.exit_status) return *parsed.exit_status;
  try {
    if (!inherited) {
      const Arguments arguments(argv[0], parsed.options);
      return begin(std::move(stored), parsed.options, {lockfs::program_file(), arguments.get()});
    }
    const Program program{inherited->program, argv};
    return take_part(std::move(*inherited), parsed.options, program);
  } catch (const std::exception& e) {
    return fail(e.what());
  }
}

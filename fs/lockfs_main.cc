// lockfs: mounts a filesystem whose files are locks.
//
// Started by a user it mounts, begins a journal and becomes the keeper, which starts the worker;
// started by one of these it takes up its part.
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <exception>
#include <iostream>

#include "fs/background.h"
#include "fs/clock.h"
#include "fs/configuration.h"
#include "fs/daemon.h"
#include "fs/fault.h"
#include "fs/journal.h"
#include "fs/keeper.h"
#include "fs/kept_mount.h"
#include "fs/log.h"
#include "fs/mounting.h"
#include "fs/mounts.h"
#include "fs/options.h"
#include "fs/role.h"
#include "fs/service_manager.h"
#include "fs/stale_mount.h"
#include "fs/state_folder.h"

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
  if (ending != lockfs::Ending::put_by) lockfs::service_manager::forget_stored();
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

// Where the tokens go on from.
lockfs::Token first_tokens(const std::string& state_file) {
  const auto reserved = lockfs::start_tokens(state_file, lockfs::wall_now());
  if (!reserved.trouble.empty()) spdlog::error("{}; locking goes on", reserved.trouble);
  return reserved.last_token;
}

int start(const Options& options, const Program& program) {
  const auto loaded = lockfs::load_configuration(options.config, options.lax_accounts);
  if (!show_faults(loaded)) return 1;
  lockfs::Background background;
  if (!options.foreground) background.enter();
  const std::string target = log_target(options, loaded.settings.log);
  if (!start_log(options, target, false)) {
    return fail("cannot write the log " + target + ": " + std::strerror(errno));
  }
  clear_dead_mounts(options.mount_point, target);
  // From here on somebody has to unmount: a signal waits for the keeper.
  lockfs::Signals::block(lockfs::Daemon::signals());
  std::string error;
  auto mounted = lockfs::mount(
      {options.mount_point, options.mount_options, options.make_mount_point, options.debug}, error);
  if (!mounted) return fail(error);
  const auto file = lockfs::state_file(loaded.settings.state, options.mount_point);
  const lockfs::Engine engine(loaded.policy, lockfs::wall_now(), first_tokens(file));
  auto journal = lockfs::Journal::create(
      {target, loaded.settings.stop_timeout.count(), options.mount_point, file}, mounted->fuse_init,
      engine);
  Holdings holdings{std::move(mounted->fuse), journal.take_descriptor(), {}};
  spdlog::info("mounted on {}", options.mount_point);
  return run_keeper(std::move(holdings), options, program, background);
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

// A successor: says that it could take over and waits until it may, or until there is no keeper to
// say so: then the old worker may be gone too.
void wait_for_turn(const Holdings& holdings) {
  lockfs::fault_point("before_ready");
  lockfs::send(holdings.peer, lockfs::Message::ready);
  for (bool ended = false; !ended;) {
    pollfd source{holdings.peer.get(), POLLIN, 0};
    ::poll(&source, 1, -1);
    if (lockfs::receive(holdings.peer, ended) == lockfs::Message::take_over) return;
  }
}

int work(Holdings holdings, const Options& options, const Program& program, Role role) {
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
  if (role == Role::successor) wait_for_turn(holdings);
  if (!journal->own(std::chrono::seconds(2))) return fail("another worker serves this mount");
  if (!journal->replay(engine)) return fail("the journal is damaged");
  journal->convert(*engine);
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
    for (auto& word : words_) pointers_.push_back(word.data());
    pointers_.push_back(nullptr);
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
  lockfs::Background already_there;
  return run_keeper(std::move(inherited.holdings), options, program, already_there);
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
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

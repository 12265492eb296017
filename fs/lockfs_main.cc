// lockfs: mounts a filesystem whose files are locks.
//
// Started by a user it mounts, begins a journal and becomes the keeper, which starts the worker;
// started by one of these it takes up its part.
#include <malloc.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <iostream>
#include <optional>

#include "fs/argument_pointers.h"
#include "fs/background.h"
#include "fs/first_start.h"
#include "fs/hook_process.h"
#include "fs/journal.h"
#include "fs/keeper.h"
#include "fs/kept_mount.h"
#include "fs/kept_sockets.h"
#include "fs/log.h"
#include "fs/mounts.h"
#include "fs/options.h"
#include "fs/role.h"
#include "fs/service_manager.h"
#include "fs/worker_process.h"

namespace {

using lockfs::Holdings;
using lockfs::Options;
using lockfs::Program;
using lockfs::Role;
using lockfs::service_manager::Stored;

int fail(const std::string& reason) {
  std::cerr << "lockfs: " << reason << '\n';
  return 1;
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
    lockfs::open_log({journal->settings().log_target, options.logs_everything(), false});
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

// The keeper keeps nothing of the configuration, which is in the journal.
int start(const Options& options, const Program& program) {
  lockfs::Background background;
  std::string error;
  auto holdings = lockfs::set_up(options, background, error);
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
    std::string error;
    return lockfs::run_worker(std::move(inherited.holdings), options, program, inherited.role,
                              error)
               ? 0
               : fail(error);
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

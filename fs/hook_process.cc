#include "fs/hook_process.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "fs/argument_pointers.h"
#include "fs/role.h"

namespace lockfs {
namespace {

constexpr const char* name = "lockfs-hook";
// NAME USER COMMAND LOCK UNIT
constexpr int argument_count = 5;
constexpr uid_t nobody = 65534;
constexpr int lifeline_fd = 3;
constexpr int cannot_run = 126;

bool make_pipe(Descriptor& reading, Descriptor& writing) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
  reading.reset(ends[0]);
  writing.reset(ends[1]);
  return true;
}

// Signals as a program expects them, and no part in the daemon's terminal.
class SpawnSettings {
 public:
  SpawnSettings(int lifeline, int output) {
    sigset_t signals;
    ::posix_spawnattr_init(&attributes_);
    ::sigemptyset(&signals);
    ::posix_spawnattr_setsigmask(&attributes_, &signals);
    ::sigfillset(&signals);
    ::posix_spawnattr_setsigdefault(&attributes_, &signals);
    ::posix_spawnattr_setflags(&attributes_,
                               POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions_, output, 1);
    ::posix_spawn_file_actions_adddup2(&actions_, output, 2);
    ::posix_spawn_file_actions_adddup2(&actions_, lifeline, lifeline_fd);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    ::posix_spawnattr_destroy(&attributes_);
    ::posix_spawn_file_actions_destroy(&actions_);
  }
  const posix_spawnattr_t* attributes() const { return &attributes_; }
  const posix_spawn_file_actions_t* actions() const { return &actions_; }

 private:
  posix_spawnattr_t attributes_{};
  posix_spawn_file_actions_t actions_{};
};

int fail(const char* what, uid_t uid) {
  std::fprintf(stderr, "cannot %s %u: %s\n", what, uid, std::strerror(errno));
  return cannot_run;
}

// The daemon is the last to be killed when memory is short; what it runs is not.
void stand_with_others() {
  const Descriptor score(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  static_cast<void>(!::write(score.get(), "0", 1));
}

// For who is not root there is nobody else to become. 0, or the exit status.
int become(uid_t uid) {
  if (::geteuid() != 0) uid = ::geteuid();
  const passwd* account = ::getpwuid(uid);
  ::setenv("HOME", account != nullptr ? account->pw_dir : "/", 1);
  ::setenv("USER", account != nullptr ? account->pw_name : "nobody", 1);
  ::setenv("LOGNAME", ::getenv("USER"), 1);
  if (::geteuid() != 0) return 0;
  const gid_t gid = account != nullptr ? account->pw_gid : nobody;
  const bool grouped =
      account != nullptr ? ::initgroups(account->pw_name, gid) == 0 : ::setgroups(0, nullptr) == 0;
  if (!grouped || ::setgid(gid) != 0) return fail("take the groups of user", uid);
  return ::setuid(uid) == 0 ? 0 : fail("become user", uid);
}

[[noreturn]] void run_shell(const std::string& command, const char* unit) {
  ::setsid();
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execl("/bin/sh", "sh", "-c", (command + " \"$@\"").c_str(), name, unit, nullptr);
  std::fprintf(stderr, "cannot run /bin/sh: %s\n", std::strerror(errno));
  ::_exit(cannot_run);
}

// The shell's exit status, or that it was killed when the lifeline was cut.
int wait_for(pid_t shell, int deaths) {
  std::array<pollfd, 2> sources = {pollfd{lifeline_fd, POLLIN, 0}, pollfd{deaths, POLLIN, 0}};
  for (;;) {
    ::poll(sources.data(), sources.size(), -1);
    int status = 0;
    if (::waitpid(shell, &status, WNOHANG) == shell) {
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    if (sources[0].revents == 0) continue;
    ::kill(-shell, SIGKILL);
    return 128 + SIGKILL;
  }
}

}  // namespace

std::optional<HookProcess> start_hook(const HookCommand& command) {
  HookProcess process;
  Descriptor their_lifeline;
  Descriptor their_output;
  if (!make_pipe(their_lifeline, process.lifeline) || !make_pipe(process.output, their_output)) {
    return std::nullopt;
  }
  ::fcntl(process.output.get(), F_SETFL, O_NONBLOCK);
  std::vector<std::string> words = {name, std::to_string(command.user.value_or(nobody)),
                                    command.text, command.place.lock, command.place.unit};
  std::vector<std::string> environment = {
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      "LOCKFS_LOCK=" + command.place.lock, "LOCKFS_UNIT=" + command.place.unit};
  const SpawnSettings settings(their_lifeline.get(), their_output.get());
  errno = ::posix_spawn(&process.pid, this_program, settings.actions(), settings.attributes(),
                        pointers_to(words).data(), pointers_to(environment).data());
  return errno == 0 ? std::optional(std::move(process)) : std::nullopt;
}

bool is_hook(int argc, char** argv) {
  return argc == argument_count && std::strcmp(argv[0], name) == 0;
}

int run_hook(char** argv) {
  ::prctl(PR_SET_NAME, name);
  ::close_range(lifeline_fd + 1, ~0U, 0);
  if (::chdir("/") != 0) return cannot_run;
  ::umask(022);
  stand_with_others();
  if (const int status = become(static_cast<uid_t>(std::strtoul(argv[1], nullptr, 10)))) {
    return status;
  }
  sigset_t deaths;
  ::sigemptyset(&deaths);
  ::sigaddset(&deaths, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &deaths, nullptr);
  ::fcntl(lifeline_fd, F_SETFD, FD_CLOEXEC);
  const Descriptor told(::signalfd(-1, &deaths, SFD_CLOEXEC));
  const pid_t shell = ::fork();
  if (shell == 0) run_shell(argv[2], argv[4]);
  if (shell < 0) return fail("start a shell for user", ::getuid());
  return wait_for(shell, told.get());
}

}  // namespace lockfs

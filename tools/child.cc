#include "tools/child.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>

namespace lockfs {
namespace {

constexpr int passed_on[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};

sigset_t awaited_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGCHLD);
  for (const int signal : passed_on) ::sigaddset(&signals, signal);
  return signals;
}

// Holds the signals back, to be taken one by one with sigwaitinfo(2). Where SIGCHLD is ignored, the
// kernel throws the statuses of children away.
class HeldSignals {
 public:
  HeldSignals() : signals_(awaited_signals()) {
    ::pthread_sigmask(SIG_BLOCK, &signals_, &mask_before_);
    struct sigaction by_default {};
    by_default.sa_handler = SIG_DFL;
    ::sigaction(SIGCHLD, &by_default, &action_before_);
  }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;
  ~HeldSignals() {
    ::sigaction(SIGCHLD, &action_before_, nullptr);
    ::pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
  }

  const sigset_t& mask_before() const { return mask_before_; }
  siginfo_t take() const {
    siginfo_t info{};
    while (::sigwaitinfo(&signals_, &info) < 0 && errno == EINTR) continue;
    return info;
  }

 private:
  sigset_t signals_;
  sigset_t mask_before_{};
  struct sigaction action_before_ {};
};

class SpawnAttributes {
 public:
  explicit SpawnAttributes(const sigset_t& mask) {
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawnattr_setsigmask(&attributes_, &mask);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK);
  }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
  ~SpawnAttributes() { ::posix_spawnattr_destroy(&attributes_); }
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (auto& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

std::string_view name_of(std::string_view variable) {
  return variable.substr(0, variable.find('='));
}

std::vector<std::string> environment_with(const std::vector<std::string>& variables) {
  std::vector<std::string> environment = variables;
  for (char** each = environ; each != nullptr && *each != nullptr; ++each) {
    const bool replaced = std::any_of(
        variables.begin(), variables.end(),
        [each](const std::string& variable) { return name_of(variable) == name_of(*each); });
    if (!replaced) environment.emplace_back(*each);
  }
  return environment;
}

Result<pid_t> spawn(std::vector<std::string> command, std::vector<std::string> environment,
                    const sigset_t& mask) {
  const SpawnAttributes attributes(mask);
  pid_t pid = 0;
  const int error = ::posix_spawnp(&pid, command.front().c_str(), nullptr, attributes.get(),
                                   pointers(command).data(), pointers(environment).data());
  if (error == 0) return pid;
  const bool scarce = error == ENOMEM || error == EAGAIN;
  return failure(scarce ? exit_status::system : exit_status::unavailable,
                 command.front() + " cannot be run: " + std::strerror(error));
}

int exit_status_of(int status) {
  return WIFSIGNALED(status) ? exit_status::signalled + WTERMSIG(status) : WEXITSTATUS(status);
}

int wait_for(pid_t pid, const HeldSignals& signals) {
  for (;;) {
    int status = 0;
    if (::waitpid(pid, &status, WNOHANG) == pid) return exit_status_of(status);
    const siginfo_t info = signals.take();
    if (info.si_signo != SIGCHLD && info.si_code != SI_KERNEL) ::kill(pid, info.si_signo);
  }
}

}  // namespace

Result<int> run_child(const std::vector<std::string>& command,
                      const std::vector<std::string>& variables) {
  const HeldSignals signals;
  return spawn(command, environment_with(variables), signals.mask_before()).map([&](pid_t pid) {
    return wait_for(pid, signals);
  });
}

}  // namespace lockfs

#include "fs/hook_run.h"

#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <utility>

#include "core/config.h"
#include "core/mark.h"

namespace lockfs {

HookRun::HookRun(Loop& loop, HookProcess process, std::chrono::seconds limit,
                 std::function<void(std::string)> ended)
    : loop_(loop),
      process_(std::move(process)),
      death_(static_cast<int>(::syscall(SYS_pidfd_open, process_.pid, 0))),
      limit_(limit),
      said_(max_reason_bytes),
      timer_(loop, [this] { time_is_over(); }),
      ended_(std::move(ended)) {
  loop_.watch(process_.output.get(), [this] { read_some(); });
  loop_.watch(death_.get(), [this] { process_ended(); });
  timer_.start(limit_);
}

HookRun::~HookRun() {
  if (process_.output) loop_.forget(process_.output.get());
  loop_.forget(death_.get());
}

// As much as there is now, up to a limit: whoever writes without end must not keep the loop.
void HookRun::read_some() {
  std::array<char, 4096> room{};
  for (int rounds = 16; rounds > 0; --rounds) {
    const ssize_t got = ::read(process_.output.get(), room.data(), room.size());
    if (got < 0 && errno == EAGAIN) return;
    if (got > 0) {
      said_.add({room.data(), static_cast<std::size_t>(got)});
      continue;
    }
    loop_.forget(process_.output.get());
    process_.output.reset();
    return;
  }
}

void HookRun::time_is_over() {
  late_ = true;
  process_.lifeline.reset();
}

// What it has started may go on writing; nobody waits for that.
void HookRun::process_ended() {
  if (process_.output) read_some();
  siginfo_t info{};
  ::waitid(P_PIDFD, static_cast<id_t>(death_.get()), &info, WEXITED);
  const auto ended = std::move(ended_);
  ended(failure(info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status));
}

std::string HookRun::failure(int status) const {
  if (!late_ && status == 0) return {};
  std::string text =
      late_ ? "not ended within " + duration_text(limit_) : "exit status " + std::to_string(status);
  return said_.text().empty() ? text : text + ": " + said_.text();
}

}  // namespace lockfs

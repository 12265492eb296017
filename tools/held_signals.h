// Signals that the calling thread holds back while this stands, to be read one by one instead of
// acting by themselves. Threads that it starts meanwhile hold them back too. For the one thread.
#pragma once

#include <sys/signalfd.h>

#include <csignal>
#include <optional>
#include <span>

#include "fs/descriptor.h"

namespace lockfs {

// Those by which somebody has a say in what a program does; a terminal sends the first three.
inline constexpr int telling_signals[] = {SIGINT, SIGQUIT, SIGHUP, SIGTERM, SIGUSR1, SIGUSR2};

class HeldSignals {
 public:
  // The telling signals and these.
  explicit HeldSignals(std::span<const int> besides);
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;
  ~HeldSignals();

  const sigset_t& mask_before() const { return mask_before_; }
  // Readable when there is one to take.
  int fd() const { return fd_.get(); }
  std::optional<signalfd_siginfo> take() const;

 private:
  sigset_t mask_before_{};
  Descriptor fd_;
};

}  // namespace lockfs

#include "tools/held_signals.h"

#include <unistd.h>

namespace lockfs {
namespace {

sigset_t set_of(std::span<const int> besides) {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int signal : telling_signals) ::sigaddset(&signals, signal);
  for (const int signal : besides) ::sigaddset(&signals, signal);
  return signals;
}

}  // namespace

HeldSignals::HeldSignals(std::span<const int> besides) {
  const sigset_t signals = set_of(besides);
  ::pthread_sigmask(SIG_BLOCK, &signals, &mask_before_);
  fd_ = Descriptor(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
}

HeldSignals::~HeldSignals() { ::pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr); }

std::optional<signalfd_siginfo> HeldSignals::take() const {
  signalfd_siginfo info{};
  if (::read(fd_.get(), &info, sizeof info) != sizeof info) return std::nullopt;
  return info;
}

}  // namespace lockfs

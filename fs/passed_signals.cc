#include "fs/passed_signals.h"

#include <algorithm>

namespace lockfs {

PassedSignals::Passed* PassedSignals::find(Message signal) {
  const auto found = std::find_if(passed_.begin(), passed_.end(),
                                  [&](const Passed& passed) { return passed.signal == signal; });
  return found == passed_.end() ? nullptr : &*found;
}

void PassedSignals::pass(Message signal, const Descriptor& worker) {
  Passed* passed = find(signal);
  passed->count = std::min(passed->count + 1, 2);
  send(worker, signal);
}

void PassedSignals::taken(Message signal) {
  Passed* passed = find(signal);
  if (passed == nullptr) return;
  passed->count = std::max(passed->count - 1, 0);
  passed->any_taken = true;
}

void PassedSignals::pass_again(const Descriptor& worker) {
  for (const Passed& passed : passed_) {
    for (int i = 0; i < passed.count; ++i) {
      const bool maybe_known = i == 0 && !passed.any_taken;
      send(worker, passed.signal, maybe_known ? passed_again : std::string_view());
    }
  }
}

}  // namespace lockfs

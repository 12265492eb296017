// The signals that the keeper passes on to the worker, until one has taken them.
//
// A worker says of each when what it asks for is done or in the journal. What one did not say
// before it died is passed on to the next: a reload or an upgrade is then begun anew; a signal to
// stop says that it comes again, for it may be in the journal, and a second one ends it at once.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "fs/role.h"

namespace lockfs {

class PassedSignals {
 public:
  void pass(Message signal, const Descriptor& worker);
  void taken(Message signal);
  // To the worker that came after the one which had them.
  void pass_again(const Descriptor& worker);

 private:
  struct Passed {
    Message signal;
    int count = 0;           // not taken yet; more than two make no difference
    bool any_taken = false;  // ever
  };
  Passed* find(Message signal);

  std::array<Passed, 4> passed_{
      {{Message::terminate}, {Message::interrupt}, {Message::reload}, {Message::upgrade}}};
};

}  // namespace lockfs

// Values with a bit of everything in them, for the tests of the journal's bytes.
#pragma once

#include "core/event.h"
#include "core/snapshot.h"

namespace lockfs {

inline constexpr Client some_client{1000, 4711, -5};
inline constexpr OwnerKey some_owner{Via::hold, NodeId{70}, 9};

Policy some_policy();
// A line of a control write that gives this command.
event::Control some_control(Command command);
Snapshot some_snapshot();

}  // namespace lockfs

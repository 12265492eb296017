// A mount that the service manager kept when both its processes had died (service_manager.h).
#pragma once

#include <string>

#include "fs/role.h"

namespace lockfs {

struct KeptFault {
  std::string reason;       // empty: none
  bool of_journal = false;  // for this program: the one that wrote it may be able to go on
};

// Why this program cannot go on with it on this mount point. `kept` must hold both descriptors.
KeptFault find_fault(const Holdings& kept, const std::string& mount_point);

// Whether a process that did not end after all still serves it.
bool is_served(const Holdings& kept);

}  // namespace lockfs

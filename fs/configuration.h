// The configuration file, read, validated and resolved against the accounts: all that a start or a
// reload needs to know before anything changes. May block (files, NSS): worker thread, or before
// the loop.
#pragma once

#include <string>
#include <vector>

#include "core/policy.h"

namespace lockfs {

struct LoadedConfiguration {
  DaemonSettings settings;
  Policy policy;
  std::vector<std::string> errors;  // "FILE:LINE: MESSAGE"; with any, the rest is meaningless
  std::vector<std::string> warnings;
};

// An empty path is an empty configuration: dynamic locks only.
LoadedConfiguration load_configuration(const std::string& path, bool lax_accounts);

}  // namespace lockfs

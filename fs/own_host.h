// What this host is called.
#pragma once

#include <string>

namespace lockfs {

// Whether that is a name of this host: `localhost`, what it calls itself, or its full name, which
// is looked up the first time. May block: worker thread.
bool is_own_host(const std::string& name);

// Whether every host calls itself so.
bool is_loopback(const std::string& name);

}  // namespace lockfs

// Users and groups through NSS, as the one snapshot that decides who may lock (core/accounts.h).
//
// Every call may block for as long as a directory server takes: never on the event loop, but on a
// worker thread. Safe from any number of threads; one enumeration of users runs at a time.
#pragma once

#include <sys/types.h>

#include <string>

#include "core/accounts.h"
#include "core/config.h"

namespace lockfs {

// The users and groups that the configuration names. A group has the members that its own list
// names and those whose primary group it is, as far as NSS enumerates users (for SSSD:
// `enumerate`). Nobody may be found missing because NSS failed: such names are among the
// unanswered.
Accounts look_up_accounts(const Config& config);

// The user's name; where there is none, the number.
std::string user_name(uid_t uid);

}  // namespace lockfs

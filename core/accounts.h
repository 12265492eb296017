// Users and groups as they were when somebody last looked: a value, so that deciding who may lock
// needs no look-up and gives the same answer at a replay. Taken by fs/ through NSS at load and
// reload.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

namespace lockfs {

struct Group {
  gid_t gid = 0;
  std::vector<uid_t> members;  // by /etc/group's list and by primary group; sorted, no duplicates
};

struct Accounts {
  std::map<std::string, Group> groups;  // those the configuration names and that exist
  std::map<std::string, uid_t> users;   // those the configuration names and that exist

  // Names whose look-up failed, and why: they may well exist (a directory server was down).
  std::map<std::string, std::string> unanswered_groups;
  std::map<std::string, std::string> unanswered_users;
};

}  // namespace lockfs

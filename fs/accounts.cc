#include "fs/accounts.h"

#include <grp.h>
#include <pwd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <optional>
#include <set>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

namespace lockfs {
namespace {

constexpr std::size_t first_buffer_bytes = 1024;
constexpr std::size_t max_buffer_bytes = std::size_t{64} << 20;  // a group of a million members

// One of the get…_r functions, told as a value: 0 or an errno, with a buffer as large as it asks.
template <typename Call>
int with_growing_buffer(std::vector<char>& buffer, Call call) {
  if (buffer.empty()) buffer.resize(first_buffer_bytes);
  for (;;) {
    const int error = call(buffer.data(), buffer.size());
    if (error == EINTR) continue;
    if (error != ERANGE || buffer.size() >= max_buffer_bytes) return error;
    buffer.resize(buffer.size() * 4);
  }
}

// getpwnam(3) names these, besides 0, for "not found".
bool means_not_found(int error) {
  return error == 0 || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM;
}

std::string reason(int error) { return std::system_category().message(error); }

struct GroupEntry {
  gid_t gid = 0;
  std::vector<std::string> member_names;
};

// Nothing and error 0: there is no such group.
std::optional<GroupEntry> find_group(const std::string& name, int& error) {
  std::vector<char> buffer;
  group entry{};
  group* found = nullptr;
  error = with_growing_buffer(buffer, [&](char* data, std::size_t size) {
    return getgrnam_r(name.c_str(), &entry, data, size, &found);
  });
  if (found == nullptr) {
    if (means_not_found(error)) error = 0;
    return std::nullopt;
  }
  GroupEntry result{entry.gr_gid, {}};
  for (char** member = entry.gr_mem; *member != nullptr; ++member) {
    result.member_names.emplace_back(*member);
  }
  return result;
}

// Nothing and error 0: there is no such user.
std::optional<uid_t> find_user(const std::string& name, int& error) {
  std::vector<char> buffer;
  passwd entry{};
  passwd* found = nullptr;
  error = with_growing_buffer(buffer, [&](char* data, std::size_t size) {
    return getpwnam_r(name.c_str(), &entry, data, size, &found);
  });
  if (found != nullptr) return entry.pw_uid;
  if (means_not_found(error)) error = 0;
  return std::nullopt;
}

// Calls `visit` with every user that NSS enumerates; 0 or the errno that ended it early.
template <typename Visit>
int for_each_user(Visit visit) {
  static std::mutex one_enumeration;  // its position is the process's
  const std::lock_guard guard(one_enumeration);
  std::vector<char> buffer;
  passwd entry{};
  passwd* found = nullptr;
  int error = 0;
  setpwent();
  while (error == 0) {
    error = with_growing_buffer(buffer, [&](char* data, std::size_t size) {
      return getpwent_r(&entry, data, size, &found);
    });
    if (error == 0) visit(*found);
  }
  endpwent();
  return means_not_found(error) ? 0 : error;
}

class LookUp {
 public:
  Accounts run(const Config& config);

 private:
  void name_accounts(const Config& config);
  void find_groups();
  void add_primary_members();
  void add_listed_members();
  void find_users();
  void give_up_on(const std::string& group, int error);
  const std::pair<std::optional<uid_t>, int>& user(const std::string& name);

  std::set<std::string> group_names_;
  std::set<std::string> user_names_;
  std::unordered_map<std::string, GroupEntry> entries_;
  std::unordered_map<std::string, std::pair<std::optional<uid_t>, int>> known_users_;
  Accounts accounts_;
};

Accounts LookUp::run(const Config& config) {
  name_accounts(config);
  find_groups();
  if (!entries_.empty()) add_primary_members();
  add_listed_members();
  find_users();
  for (auto& [name, group] : accounts_.groups) {
    auto& members = group.members;
    std::sort(members.begin(), members.end());
    members.erase(std::unique(members.begin(), members.end()), members.end());
  }
  return std::move(accounts_);
}

void LookUp::name_accounts(const Config& config) {
  const auto add = [](std::set<std::string>& names, const std::vector<Named>& accounts) {
    for (const auto& account : accounts) names.insert(account.name);
  };
  add(group_names_, config.daemon.create.groups);
  if (config.daemon.hook_user) user_names_.insert(config.daemon.hook_user->name);
  if (config.daemon.admin_group) group_names_.insert(config.daemon.admin_group->name);
  for (const auto& lock : config.locks) {
    add(group_names_, lock.groups);
    add(user_names_, lock.users);
  }
}

void LookUp::find_groups() {
  for (const auto& name : group_names_) {
    int error = 0;
    auto entry = find_group(name, error);
    if (error != 0) {
      accounts_.unanswered_groups.emplace(name, reason(error));
    } else if (entry) {
      accounts_.groups.emplace(name, Group{entry->gid, {}});
      entries_.emplace(name, *std::move(entry));
    }
  }
}

// Also keeps every user's id, so that the members of large groups need no look-up each.
void LookUp::add_primary_members() {
  std::unordered_multimap<gid_t, Group*> by_gid;
  for (auto& [name, group] : accounts_.groups) by_gid.emplace(group.gid, &group);
  const int error = for_each_user([&](const passwd& user) {
    known_users_.try_emplace(user.pw_name, user.pw_uid, 0);
    const auto [first, last] = by_gid.equal_range(user.pw_gid);
    for (auto each = first; each != last; ++each) each->second->members.push_back(user.pw_uid);
  });
  if (error == 0) return;
  for (const auto& [name, entry] : entries_) give_up_on(name, error);
}

// Lists may name users that no longer exist; those admit nobody.
void LookUp::add_listed_members() {
  for (const auto& [name, entry] : entries_) {
    for (const auto& member : entry.member_names) {
      const auto& [uid, error] = user(member);
      if (error != 0) {
        give_up_on(name, error);
        break;
      }
      const auto group = accounts_.groups.find(name);
      if (uid && group != accounts_.groups.end()) group->second.members.push_back(*uid);
    }
  }
}

void LookUp::find_users() {
  for (const auto& name : user_names_) {
    const auto& [uid, error] = user(name);
    if (error != 0) accounts_.unanswered_users.emplace(name, reason(error));
    if (uid) accounts_.users.emplace(name, *uid);
  }
}

void LookUp::give_up_on(const std::string& group, int error) {
  accounts_.groups.erase(group);
  accounts_.unanswered_groups.try_emplace(group, reason(error));
}

const std::pair<std::optional<uid_t>, int>& LookUp::user(const std::string& name) {
  const auto [known, inserted] = known_users_.try_emplace(name);
  if (inserted) known->second.first = find_user(name, known->second.second);
  return known->second;
}

}  // namespace

Accounts look_up_accounts(const Config& config) { return LookUp().run(config); }

std::string user_name(uid_t uid) {
  std::vector<char> buffer;
  passwd entry{};
  passwd* found = nullptr;
  with_growing_buffer(buffer, [&](char* data, std::size_t size) {
    return getpwuid_r(uid, &entry, data, size, &found);
  });
  return found != nullptr ? found->pw_name : std::to_string(uid);
}

}  // namespace lockfs

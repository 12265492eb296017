#include "core/policy.h"

#include <algorithm>
#include <utility>

namespace lockfs {
namespace {

using namespace std::chrono_literals;

class Resolver {
 public:
  Resolver(const Accounts& accounts, bool lax) : accounts_(accounts), lax_(lax) {}

  ResolvedPolicy resolve(const Config& config);

 private:
  LockSpec lock_spec(const LockSection& lock);
  HookRules hook_rules(const DaemonSettings& daemon);
  Access access(const std::vector<Named>& groups, const std::vector<Named>& users);
  void add_group(Access& access, const Named& group);
  void add_user(Access& access, const Named& user);
  void report(std::string_view kind, const Named& account,
              const std::map<std::string, std::string>& unanswered);

  const Accounts& accounts_;
  const bool lax_;
  ResolvedPolicy result_;
};

void sort_unique(std::vector<uid_t>& uids) {
  std::sort(uids.begin(), uids.end());
  uids.erase(std::unique(uids.begin(), uids.end()), uids.end());
}

std::vector<std::string> unit_names(const LockSection& lock) {
  std::vector<std::string> names;
  for (const auto& address : lock.addresses) names.push_back(address.name);
  for (std::uint32_t i = 1; i <= lock.units.value_or(0); ++i) names.push_back(std::to_string(i));
  if (names.empty()) names.push_back(lock.name);
  return names;
}

LockKind kind_of(const LockSection& lock) {
  if (!lock.addresses.empty()) return LockKind::board;
  return lock.units ? LockKind::counting : LockKind::named;
}

ResolvedPolicy Resolver::resolve(const Config& config) {
  auto& policy = result_.policy;
  policy.limits = config.daemon.limits;
  policy.create = access(config.daemon.create.groups, {});
  policy.create.everyone = config.daemon.create.everyone;
  policy.admins.everyone = false;
  if (config.daemon.admin_group) policy.admins = access({*config.daemon.admin_group}, {});
  policy.hooks = hook_rules(config.daemon);
  for (const auto& lock : config.locks) policy.locks.push_back(lock_spec(lock));
  sort_and_limit(result_.errors);
  sort_and_limit(result_.warnings);
  return std::move(result_);
}

LockSpec Resolver::lock_spec(const LockSection& lock) {
  LockSpec spec;
  spec.name = lock.name;
  spec.kind = kind_of(lock);
  spec.units = unit_names(lock);
  spec.access = access(lock.groups, lock.users);
  const auto first = std::find_if(lock.groups.begin(), lock.groups.end(), [&](const Named& group) {
    return accounts_.groups.count(group.name) != 0;
  });
  if (first != lock.groups.end()) spec.group = accounts_.groups.at(first->name).gid;
  spec.description = lock.description;
  spec.fail_at_deadlock = lock.deadlock == OnDeadlock::fail;
  spec.reentrant = lock.reentrant_by_user;
  spec.max_hold = std::chrono::nanoseconds(lock.max_hold.value_or(0s)).count();
  spec.on_expiry = lock.on_expiry;
  spec.hooks = {lock.on_release, lock.check, std::chrono::nanoseconds(lock.check_interval).count()};
  return spec;
}

HookRules Resolver::hook_rules(const DaemonSettings& daemon) {
  HookRules rules{std::nullopt, daemon.hook_timeout.count(), daemon.max_hooks};
  if (!daemon.hook_user) return rules;
  const Access user = access({}, {*daemon.hook_user});
  if (!user.uids.empty()) rules.user = user.uids.front();
  return rules;
}

Access Resolver::access(const std::vector<Named>& groups, const std::vector<Named>& users) {
  Access result;
  result.everyone = groups.empty() && users.empty();
  for (const auto& group : groups) add_group(result, group);
  for (const auto& user : users) add_user(result, user);
  sort_unique(result.uids);
  return result;
}

void Resolver::add_group(Access& access, const Named& group) {
  const auto found = accounts_.groups.find(group.name);
  if (found == accounts_.groups.end()) return report("group", group, accounts_.unanswered_groups);
  const auto& members = found->second.members;
  access.uids.insert(access.uids.end(), members.begin(), members.end());
}

void Resolver::add_user(Access& access, const Named& user) {
  const auto found = accounts_.users.find(user.name);
  if (found == accounts_.users.end()) return report("user", user, accounts_.unanswered_users);
  access.uids.push_back(found->second);
}

// A source of accounts that does not answer is an error even if lax: nobody may lose the right to
// lock because a directory server was down during a reload.
void Resolver::report(std::string_view kind, const Named& account,
                      const std::map<std::string, std::string>& unanswered) {
  const std::string what = std::string(kind) + " " + quote(account.name);
  const auto failure = unanswered.find(account.name);
  if (failure != unanswered.end()) {
    result_.errors.push_back({account.line, what + " cannot be looked up: " + failure->second});
  } else {
    auto& faults = lax_ ? result_.warnings : result_.errors;
    faults.push_back({account.line, "unknown " + what});
  }
}

}  // namespace

bool Access::allows(uid_t uid) const {
  return everyone || uid == 0 || std::binary_search(uids.begin(), uids.end(), uid);
}

ResolvedPolicy resolve_policy(const Config& config, const Accounts& accounts, bool lax) {
  return Resolver(accounts, lax).resolve(config);
}

}  // namespace lockfs

#include "core/config_keys.h"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "core/config_values.h"
#include "core/expression.h"

namespace lockfs {
namespace {

constexpr std::size_t max_address_bytes = 255;
constexpr std::size_t max_account_bytes = 255;
constexpr std::size_t max_description_bytes = 200;
constexpr std::uint32_t max_hooks_at_once = 64;
constexpr std::uint32_t max_limit = 10'000'000;

constexpr std::string_view expected_duration =
    "a time from 1s to 365d, such as 90, 90s, 30m, 2h or 1d";
constexpr std::string_view expected_path = "an absolute path";
constexpr std::string_view expected_account = "a name of at most 255 bytes";

// Setters of one kind, told by the member they set.

template <auto member, typename Target>
std::string_view set_text(Target& target, const Value& value) {
  target.*member = value.text;
  return {};
}

template <auto member, typename Target>
std::string_view set_duration(Target& target, const Value& value) {
  const auto duration = parse_duration(value.text);
  if (!duration) return expected_duration;
  target.*member = *duration;
  return {};
}

template <auto member, typename Target>
std::string_view add_account(Target& target, const Value& value) {
  if (value.text.size() > max_account_bytes) return expected_account;
  (target.*member).push_back({std::string(value.text), value.line});
  return {};
}

template <auto member>
std::string_view set_path(DaemonSettings& daemon, const Value& value) {
  if (!is_absolute_path(value.text)) return expected_path;
  daemon.*member = value.text;
  return {};
}

template <auto member>
std::string_view set_limit(DaemonSettings& daemon, const Value& value) {
  const auto number = parse_number(value.text, 1, max_limit);
  if (!number) return "a whole number from 1 to 10000000";
  daemon.limits.*member = *number;
  return {};
}

template <typename Choice>
std::string_view choose(Choice& field, std::string_view text,
                        std::initializer_list<std::pair<std::string_view, Choice>> choices,
                        std::string_view expected) {
  const auto* const choice = std::find_if(choices.begin(), choices.end(),
                                          [&](const auto& each) { return each.first == text; });
  if (choice == choices.end()) return expected;
  field = choice->second;
  return {};
}

// Setters of a section's keys.

std::string_view add_address(LockSection& lock, const Value& value) {
  if (!is_word(value.text) || value.text.size() > max_address_bytes) {
    return "one word of at most 255 bytes, without quotation marks";
  }
  lock.addresses.push_back({std::string(value.text), value.line});
  return {};
}

std::string_view set_units(LockSection& lock, const Value& value) {
  lock.units = parse_number(value.text, 1, max_units_per_lock);
  return lock.units ? "" : "a whole number from 1 to 10000";
}

std::string_view set_on_expiry(LockSection& lock, const Value& value) {
  return choose<OnExpiry>(
      lock.on_expiry, value.text,
      {{"warn", OnExpiry::warn}, {"break", OnExpiry::break_hold}, {"yield", OnExpiry::yield}},
      "warn, break or yield");
}

std::string_view set_deadlock(LockSection& lock, const Value& value) {
  return choose<OnDeadlock>(lock.deadlock, value.text,
                            {{"show", OnDeadlock::show}, {"fail", OnDeadlock::fail}},
                            "show or fail");
}

std::string_view set_reentrant(LockSection& lock, const Value& value) {
  return choose<bool>(lock.reentrant_by_user, value.text, {{"user", true}}, "user");
}

std::string_view set_scope(LockSection& lock, const Value& value) {
  return choose<Scope>(lock.scope, value.text, {{"host", Scope::host}, {"cluster", Scope::cluster}},
                       "host or cluster");
}

std::string_view set_description(LockSection& lock, const Value& value) {
  if (value.text.size() > max_description_bytes) return "at most 200 bytes";
  lock.description = value.text;
  return {};
}

// Setters of the daemon's keys.

std::string_view add_create(DaemonSettings& daemon, const Value& value) {
  const bool everyone = value.text == "yes" || value.text == "everyone";
  const bool nobody = value.text == "no" || value.text == "nobody";
  const bool groups_before = !daemon.create.groups.empty();
  if (value.repeated && (everyone || nobody || !groups_before)) {
    return "yes or no once, or else only groups";
  }
  daemon.create.everyone = everyone;
  if (everyone || nobody) return {};
  return add_account<&CreateRule::groups>(daemon.create, value);
}

template <std::optional<Named> DaemonSettings::*member>
std::string_view set_account(DaemonSettings& daemon, const Value& value) {
  if (value.text.size() > max_account_bytes) return expected_account;
  daemon.*member = Named{std::string(value.text), value.line};
  return {};
}

std::string_view set_max_hooks(DaemonSettings& daemon, const Value& value) {
  const auto number = parse_number(value.text, 1, max_hooks_at_once);
  if (!number) return "a whole number from 1 to 64";
  daemon.max_hooks = *number;
  return {};
}

std::string_view set_log(DaemonSettings& daemon, const Value& value) {
  if (value.text != "syslog" && value.text != "stderr" && !is_absolute_path(value.text)) {
    return "syslog, stderr or an absolute path";
  }
  daemon.log = value.text;
  return {};
}

std::string_view add_listen(DaemonSettings& daemon, const Value& value) {
  if (!is_host_and_port(value.text) && !is_socket_path(value.text)) {
    return "HOST:PORT ([ADDRESS]:PORT for IPv6) or a socket's absolute path of at most 107 bytes";
  }
  daemon.listen.push_back({std::string(value.text), value.line});
  return {};
}

std::string_view add_listen_allow(DaemonSettings& daemon, const Value& value) {
  if (!is_network(value.text)) return "an IP address or a network such as 192.168.0.0/16";
  daemon.listen_allow.push_back({std::string(value.text), value.line});
  return {};
}

std::string_view set_listen_mutexdaemon(DaemonSettings& daemon, const Value& value) {
  if (!is_socket_path(value.text)) return "a socket's absolute path of at most 107 bytes";
  daemon.listen_mutexdaemon = value.text;
  return {};
}

std::string_view set_cluster(DaemonSettings& daemon, const Value& value) {
  if (!is_word(value.text)) return "etcd's endpoints, joined by commas without blanks";
  daemon.cluster = value.text;
  return {};
}

std::string_view set_cluster_name(DaemonSettings& daemon, const Value& value) {
  if (!valid_name(value.text)) return "a name of letters, digits, \".\", \"_\" and \"-\"";
  daemon.cluster_name = value.text;
  return {};
}

constexpr Key<LockSection> lock_key_table[] = {
    {.name = "address", .set = add_address, .repeats = true},
    {.name = "group", .set = add_account<&LockSection::groups>, .repeats = true},
    {.name = "user", .set = add_account<&LockSection::users>, .repeats = true},
    {.name = "units", .set = set_units},
    {.name = "max_hold", .set = set_duration<&LockSection::max_hold>},
    {.name = "on_expiry", .set = set_on_expiry},
    {.name = "deadlock", .set = set_deadlock},
    {.name = "reentrant", .set = set_reentrant},
    {.name = "check", .set = set_text<&LockSection::check>, .free_text = true},
    {.name = "check_interval", .set = set_duration<&LockSection::check_interval>},
    {.name = "on_release", .set = set_text<&LockSection::on_release>, .free_text = true},
    {.name = "description", .set = set_description, .free_text = true},
    {.name = "scope", .set = set_scope, .inert = "cluster"},
};

constexpr Key<DaemonSettings> daemon_key_table[] = {
    {.name = "create", .set = add_create, .repeats = true},
    {.name = "admin_group", .set = set_account<&DaemonSettings::admin_group>},
    {.name = "history", .set = set_path<&DaemonSettings::history>, .free_text = true},
    {.name = "log", .set = set_log, .free_text = true},
    {.name = "listen", .set = add_listen, .repeats = true},
    {.name = "listen_allow", .set = add_listen_allow, .repeats = true},
    {.name = "listen_mutexdaemon", .set = set_listen_mutexdaemon, .free_text = true},
    {.name = "cluster", .set = set_cluster, .inert = any_value},
    {.name = "cluster_name", .set = set_cluster_name, .inert = any_value},
    {.name = "stop_timeout", .set = set_duration<&DaemonSettings::stop_timeout>},
    {.name = "hook_user", .set = set_account<&DaemonSettings::hook_user>},
    {.name = "hook_timeout", .set = set_duration<&DaemonSettings::hook_timeout>},
    {.name = "max_hooks", .set = set_max_hooks},
    {.name = "state", .set = set_path<&DaemonSettings::state>, .free_text = true},
    {.name = "max_waiters", .set = set_limit<&Limits::max_waiters>},
    {.name = "max_waiters_per_user", .set = set_limit<&Limits::max_waiters_per_user>},
    {.name = "max_dynamic_locks_per_user", .set = set_limit<&Limits::max_dynamic_locks_per_user>},
    {.name = "max_opens_per_user", .set = set_limit<&Limits::max_opens_per_user>},
};

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& byte : result)
    byte = static_cast<char>(std::tolower(static_cast<unsigned char>(byte)));
  return result;
}

// Levenshtein's: how many letters must be changed, put in or left out.
std::size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t changed = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = std::exchange(row[j + 1], std::min({row[j + 1] + 1, row[j] + 1, changed}));
    }
  }
  return row.back();
}

constexpr std::size_t longest_known_key = 26;

// A key of the table that differs in at most every third letter; empty if none does.
template <typename Target>
std::string_view similar_key(std::span<const Key<Target>> keys, std::string_view key) {
  const std::string written = lower_case(key.substr(0, 2 * longest_known_key));
  std::size_t least = written.size() / 3 + 1;
  std::string_view best;
  for (const auto& each : keys) {
    const auto distance = edit_distance(written, each.name);
    if (distance >= least) continue;
    least = distance;
    best = each.name;
  }
  return best;
}

template <typename Target>
bool contains(std::span<const Key<Target>> keys, std::string_view key) {
  return std::any_of(keys.begin(), keys.end(), [&](const auto& each) { return each.name == key; });
}

template <typename Target>
std::string unknown_key(std::span<const Key<Target>> keys, std::string_view key) {
  if (key.empty()) return "no key before the \"=\"";
  const auto similar = similar_key(keys, key);
  const std::string hint =
      similar.empty() ? "" : "; did you mean \"" + std::string(similar) + "\"?";
  return "unknown key " + quote(key) + hint;
}

}  // namespace

std::span<const Key<LockSection>> lock_keys() { return lock_key_table; }
std::span<const Key<DaemonSettings>> daemon_keys() { return daemon_key_table; }

std::string explain_unknown_lock_key(std::string_view key) {
  if (!contains(daemon_keys(), key)) return unknown_key(lock_keys(), key);
  return quote(key) + " is a key of the daemon: it belongs before the first section";
}

std::string explain_unknown_daemon_key(std::string_view key) {
  if (!contains(lock_keys(), key)) return unknown_key(daemon_keys(), key);
  return quote(key) + " belongs in a section: write [NAME] on a line before it";
}

}  // namespace lockfs

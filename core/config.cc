#include "core/config.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "core/config_keys.h"
#include "core/config_lines.h"
#include "core/config_values.h"
#include "core/expression.h"

namespace lockfs {
namespace {

constexpr std::uint64_t max_counted_units = 1'000'000;  // of all counting locks together

using FirstLines = std::map<std::string_view, int>;  // of each key that a section gives

std::string first_on(int line) { return "; first on line " + std::to_string(line); }

class Builder {
 public:
  explicit Builder(RawConfig raw);
  ParsedConfig take();

 private:
  void fault(int line, std::string message) {
    result_.errors.push_back({line, std::move(message)});
  }
  void add_lock(const RawSection& raw);
  void check_name(const RawSection& raw);
  void check_units(LockSection& lock, const FirstLines& given);
  void check_addresses(const LockSection& lock);

  template <typename Target>
  FirstLines read_entries(std::span<const Key<Target>> keys, const RawSection& raw, Target& target,
                          std::string (*explain_unknown)(std::string_view));
  template <typename Target>
  void read_entry(const Key<Target>& key, const RawEntry& entry, int first_line, Target& target);
  bool has_readable_value(const RawEntry& entry, bool free_text);

  ParsedConfig result_;
  std::unordered_map<std::string, int> section_lines_;
  std::unordered_map<std::string, int> address_lines_;
  std::uint64_t counted_units_ = 0;
};

Builder::Builder(RawConfig raw) {
  result_.errors = std::move(raw.faults);
  read_entries(daemon_keys(), raw.sections.front(), result_.config.daemon,
               explain_unknown_daemon_key);
  for (std::size_t i = 1; i < raw.sections.size(); ++i) add_lock(raw.sections[i]);
}

ParsedConfig Builder::take() {
  sort_and_limit(result_.errors);
  sort_and_limit(result_.warnings);
  return std::move(result_);
}

void Builder::add_lock(const RawSection& raw) {
  LockSection lock;
  lock.name = raw.name.value_or("");
  lock.line = raw.line;
  if (raw.name) check_name(raw);
  const auto given = read_entries(lock_keys(), raw, lock, explain_unknown_lock_key);
  check_units(lock, given);
  check_addresses(lock);
  result_.config.locks.push_back(std::move(lock));
}

void Builder::check_name(const RawSection& raw) {
  const std::string& name = *raw.name;
  if (name.find_first_not_of(" \t") == std::string::npos) {
    return fault(raw.line, "the section has an empty name");
  }
  if (!valid_name(name)) {
    return fault(raw.line, quote(name) +
                               " cannot be a lock's name: expected letters, digits, \".\", \"_\" "
                               "and \"-\", not starting with \".\" or \"-\", at most 100 bytes, "
                               "and not \"status\" or \"status.json\"");
  }
  const auto [first, inserted] = section_lines_.try_emplace(name, raw.line);
  if (!inserted) fault(raw.line, "section [" + name + "] stands twice" + first_on(first->second));
}

void Builder::check_units(LockSection& lock, const FirstLines& given) {
  const auto units = given.find("units");
  if (units == given.end()) return;
  const auto address = given.find("address");
  if (address != given.end()) {
    fault(units->second, "units cannot stand together with address (line " +
                             std::to_string(address->second) +
                             "): a board has as many units as addresses");
  }
  const bool too_many_before = counted_units_ > max_counted_units;
  counted_units_ += lock.units.value_or(0);
  if (counted_units_ <= max_counted_units) return;
  if (!too_many_before) {
    fault(units->second, "more than 1000000 units in all counting locks together");
  }
  lock.units.reset();  // nobody is to make them, though there are errors
}

// A physical board can be in one logical board only.
void Builder::check_addresses(const LockSection& lock) {
  for (const auto& address : lock.addresses) {
    const auto [first, inserted] = address_lines_.try_emplace(address.name, address.line);
    if (inserted) continue;
    fault(address.line,
          "address " + quote(address.name) + " stands twice" + first_on(first->second));
  }
}

template <typename Target>
FirstLines Builder::read_entries(std::span<const Key<Target>> keys, const RawSection& raw,
                                 Target& target, std::string (*explain_unknown)(std::string_view)) {
  FirstLines first_lines;
  for (const auto& entry : raw.entries) {
    const auto key = std::find_if(keys.begin(), keys.end(),
                                  [&](const auto& each) { return each.name == entry.key; });
    if (key == keys.end()) {
      fault(entry.line, explain_unknown(entry.key));
      continue;
    }
    const auto [first, inserted] = first_lines.try_emplace(key->name, entry.line);
    read_entry(*key, entry, inserted ? 0 : first->second, target);
  }
  return first_lines;
}

template <typename Target>
void Builder::read_entry(const Key<Target>& key, const RawEntry& entry, int first_line,
                         Target& target) {
  if (first_line > 0 && !key.repeats) {
    return fault(entry.line, entry.key + " is given twice" + first_on(first_line));
  }
  if (!has_readable_value(entry, key.free_text)) return;
  const auto expected = key.set(target, {entry.value, entry.line, first_line > 0});
  if (!expected.empty()) {
    return fault(entry.line, "bad value " + quote(entry.value) + " for " + entry.key +
                                 ": expected " + std::string(expected));
  }
  if (key.inert == any_value || key.inert == entry.value) {
    result_.warnings.push_back({entry.line, entry.key + " has no effect in this version"});
  }
}

bool Builder::has_readable_value(const RawEntry& entry, bool free_text) {
  const std::string& value = entry.value;
  if (free_text && entry.commented) {
    fault(entry.line, "\" ;\" starts a comment, so the value of " + entry.key + " would end at " +
                          quote(value) +
                          ": leave out the blank before the \";\", or give the comment a line of "
                          "its own");
  } else if (value.empty() || value[0] == ';') {
    fault(entry.line, entry.key + " has no value");
  } else if (!is_plain_utf8(value)) {
    fault(entry.line, "the value of " + entry.key + " is not plain UTF-8 text: " + quote(value));
  } else {
    return true;
  }
  return false;
}

}  // namespace

ParsedConfig parse_config(std::string_view text) { return Builder(read_config_lines(text)).take(); }

}  // namespace lockfs

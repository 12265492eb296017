// lockfs.conf(5) has the configuration's keys, and no others.
#include <gmock/gmock.h>

#include <map>
#include <set>
#include <sstream>
#include <string>

#include "core/config_keys.h"
#include "tests/unit/tools/manual_page.h"

namespace lockfs::test {
namespace {

using ::testing::HasSubstr;

// The text of each key's entry.
std::map<std::string, std::string> documented_keys(const std::string& from, const std::string& to) {
  std::map<std::string, std::string> keys;
  std::string key;
  for (const auto& line : page_lines("lockfs.conf.5", from, to)) {
    if (line == ".El") break;
    if (starts_with(line, ".It Ic ")) key = line.substr(7, line.find(' ', 7) - 7);
    if (!key.empty()) keys[key] += line + "\n";
  }
  return keys;
}

template <typename Target>
void expect_documented(std::span<const Key<Target>> keys,
                       const std::map<std::string, std::string>& documented) {
  std::set<std::string> names;
  for (const auto& key : keys) names.emplace(key.name);
  for (const auto& [name, text] : documented) {
    EXPECT_EQ(names.count(name), 1U)
        << "there is no key " << name << " of this kind: take it out of lockfs.conf.5";
  }
  for (const auto& key : keys) {
    const auto entry = documented.find(std::string(key.name));
    ASSERT_NE(entry, documented.end())
        << "lockfs.conf.5 has no entry for the key " << key.name << ": describe it there";
    const auto says = [&](const std::string& words) {
      return entry->second.find(words) != std::string::npos;
    };
    EXPECT_EQ(says("an be repeated"), key.repeats) << key.name;
    EXPECT_EQ(says("No effect in this version."), key.inert == any_value) << key.name;
    const bool partly = !key.inert.empty() && key.inert != any_value;
    EXPECT_EQ(says("\nhas no effect in this version"), partly) << key.name;
    EXPECT_TRUE(!partly || says(".Cm " + std::string(key.inert) + "\nhas no effect")) << key.name;
  }
}

TEST(ConfigurationManual, HasTheKeysOfALockAndSaysWhichHaveNoEffect) {
  expect_documented(lock_keys(), documented_keys(".Ss Keys of a lock", ".Ss Keys of the daemon"));
}

TEST(ConfigurationManual, HasTheKeysOfTheDaemonAndSaysWhichHaveNoEffect) {
  expect_documented(daemon_keys(), documented_keys(".Ss Keys of the daemon", ".Ss Reload"));
}

// What a list item of a page names: ".It Ic create , admin_group" these two.
void add_names(std::set<std::string>& names, const std::string& item) {
  std::istringstream words(item);
  for (std::string word; words >> word;) {
    if (word != ".It" && word != "Ic" && word != ",") names.insert(word);
  }
}

TEST(ConfigurationManual, SaysWhatAReloadDoesWithEachKey) {
  std::set<std::string> documented;
  for (const auto& line : page_lines("lockfs.conf.5", ".Ss Reload", ".Sh FILES")) {
    if (starts_with(line, ".It Ic ")) add_names(documented, line);
  }
  std::vector<std::string> real;
  const auto add = [&](const auto& keys) {
    for (const auto& key : keys) {
      if (key.inert.empty()) real.emplace_back(key.name);
    }
  };
  add(lock_keys());
  add(daemon_keys());
  EXPECT_EQ(differences("lockfs.conf.5, Reload", {documented.begin(), documented.end()}, real), "");
}

TEST(ConfigurationManual, HasTheDefaults) {
  auto keys = documented_keys(".Ss Keys of the daemon", ".Ss Reload");
  const auto by_default = [](auto number) { return std::to_string(number) + " "; };
  const Limits limits;
  EXPECT_THAT(keys["max_waiters"], HasSubstr(by_default(limits.max_waiters)));
  EXPECT_THAT(keys["max_waiters_per_user"], HasSubstr(by_default(limits.max_waiters_per_user)));
  EXPECT_THAT(keys["max_dynamic_locks_per_user"],
              HasSubstr(by_default(limits.max_dynamic_locks_per_user)));
  EXPECT_THAT(keys["max_opens_per_user"], HasSubstr(by_default(limits.max_opens_per_user)));
  EXPECT_THAT(keys["stop_timeout"], HasSubstr(by_default(DaemonSettings().stop_timeout.count())));
}

}  // namespace
}  // namespace lockfs::test

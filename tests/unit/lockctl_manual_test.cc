// The manual says what the programs do: lockctl's commands and options stand in lockctl(1), the
// configuration's keys in lockfs.conf(5), and nothing else does.
#include <gmock/gmock.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "core/config_keys.h"
#include "fs/keeper.h"
#include "tools/arguments.h"

namespace lockfs {
namespace {

using ::testing::HasSubstr;

// The page without what stands before `from` and from `to` on.
std::vector<std::string> page_lines(const std::string& page, const std::string& from,
                                    const std::string& to) {
  std::ifstream file(TEST_SOURCE_DIR "/../man/" + page);
  EXPECT_TRUE(file) << page;
  std::vector<std::string> lines;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line == to) inside = false;
    if (inside) lines.push_back(line);
    if (line == from) inside = true;
  }
  EXPECT_FALSE(lines.empty()) << page << ": " << from;
  return lines;
}

// ".It Fl n , Fl -nonblock" as "-n,--nonblock", ".It Fl w Ar SECS" as "-w SECS".
std::string plain(const std::string& item) {
  std::istringstream words(item);
  std::string text;
  for (std::string word; words >> word;) {
    if (word == ".It" || word == "Cm") continue;
    if (word == "Fl") {
      words >> word;
      text += (text.empty() || text.back() == ',' ? "-" : " -") + word;
    } else if (word == "Ar") {
      text += " ";
    } else {
      text += word;
    }
  }
  return text;
}

bool starts_with(const std::string& text, const std::string& start) {
  return text.compare(0, start.size(), start) == 0;
}

using OptionsByCommand = std::map<std::string, std::set<std::string>>;

OptionsByCommand documented_commands() {
  OptionsByCommand result;
  std::string command;
  for (const auto& line : page_lines("lockctl.1", ".Sh COMMANDS", ".Sh ENVIRONMENT")) {
    if (starts_with(line, ".It Cm ")) result[command = plain(line)];
    if (starts_with(line, ".It Fl ")) result[command].insert(plain(line));
  }
  return result;
}

std::string plain(const Option& option) {
  return std::string(option.names) + (option.value.empty() ? "" : " " + std::string(option.value));
}

std::string plain(const CommandForm& form) {
  return std::string(form.name) + (form.subject.empty() ? "" : " " + std::string(form.subject)) +
         (form.takes_command ? " -- CMD..." : "");
}

TEST(LockctlManual, HasTheCommandsAndTheirOptions) {
  OptionsByCommand real;
  for (const auto& form : lockctl_commands()) {
    auto& options = real[plain(form)];
    for (const auto& option : form.options) options.insert(plain(option));
  }
  EXPECT_EQ(documented_commands(), real);
}

TEST(LockctlManual, HasTheOptionsOfAllCommands) {
  std::set<std::string> documented;
  for (const auto& line : page_lines("lockctl.1", ".Sh OPTIONS", ".Sh COMMANDS")) {
    if (starts_with(line, ".It Fl ")) documented.insert(plain(line));
  }
  EXPECT_EQ(documented,
            (std::set<std::string>{plain(mount_option()), "-h,--help", "-V,--version"}));
}

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
  for (const auto& [name, text] : documented) EXPECT_EQ(names.count(name), 1U) << name;
  for (const auto& key : keys) {
    const auto entry = documented.find(std::string(key.name));
    ASSERT_NE(entry, documented.end()) << key.name;
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

std::string text_of(const std::string& page, const std::string& from, const std::string& to) {
  std::string text;
  for (const auto& line : page_lines(page, from, to)) text += line + " ";
  return text;
}

TEST(DaemonManual, HasTheNumbers) {
  EXPECT_THAT(text_of("lockfs.8", ".Sh PROCESSES", ".Sh UPGRADES"),
              HasSubstr("At the " + std::to_string(max_crashes) + "th crash within " +
                        std::to_string(crash_window_s) + " seconds"));
  EXPECT_THAT(text_of("lockfs.8", ".Sh UPGRADES", ".Sh SYSTEMD"),
              HasSubstr("not ready within " + std::to_string(upgrade_limit_s) + " seconds"));
}

}  // namespace
}  // namespace lockfs

// lockfs(8) has the options that the program takes, and the program those that the page has.
#include <gmock/gmock.h>

#include <regex>
#include <sstream>

#include "fs/keeper.h"
#include "fs/options.h"
#include "tests/unit/tools/manual_page.h"

namespace lockfs::test {
namespace {

using ::testing::HasSubstr;

// The options as the help text has them: "-v,--verbose", "--config FILE".
std::vector<std::string> options_of_help() {
  const char* const arguments[] = {"lockfs", "--help"};
  std::ostringstream help;
  std::ostringstream err;
  parse_options(2, arguments, help, err);
  std::istringstream lines(help.str());
  std::vector<std::string> options;
  const std::regex option("^ +(-[-,a-z]*)( [A-Z]+)?.*");
  std::smatch found;
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_match(line, found, option)) options.push_back(found.str(1) + found.str(2));
  }
  return options;
}

TEST(DaemonManual, HasTheOptions) {
  std::vector<std::string> documented;
  for (const auto& line : page_lines("lockfs.8", ".Sh OPTIONS", ".Ss Mounting from fstab")) {
    if (starts_with(line, ".It Fl ")) documented.push_back(plain_item(line));
  }
  EXPECT_EQ(differences("lockfs.8, OPTIONS", documented, options_of_help()), "");
}

// ".Op Fl fdv" is three.
TEST(DaemonManual, HasTheOptionsInItsSynopsis) {
  std::vector<std::string> documented;
  const std::regex option("^\\.Op Fl ([-a-z]+)(?: Ar ([A-Z]+))?$");
  for (const auto& line : page_lines("lockfs.8", ".Sh SYNOPSIS", ".Nm mount")) {
    std::smatch found;
    if (!std::regex_match(line, found, option)) continue;
    const std::string name = found.str(1);
    const std::string value = found.length(2) == 0 ? "" : " " + found.str(2);
    if (name[0] == '-') documented.push_back("-" + name + value);
    for (const char letter : name[0] == '-' ? "" : name) {
      documented.push_back(std::string("-") + letter + value);
    }
  }
  std::vector<std::string> real;
  for (const auto& names : options_of_help()) {
    if (names == "-h,--help" || names == "--version") continue;
    real.push_back(names.substr(0, names.find(',')));
  }
  EXPECT_EQ(differences("lockfs.8, SYNOPSIS", documented, real), "");
}

// What stands as a command word, "Cm noauto", in the description of -o.
std::vector<std::string> documented_mount_options() {
  std::vector<std::string> keys;
  bool inside = false;
  for (const auto& line : page_lines("lockfs.8", ".Sh OPTIONS", ".Ss Mounting from fstab")) {
    if (starts_with(line, ".It")) inside = line == ".It Fl o Ar OPTS";
    const auto at = line.find("Cm ");
    if (!inside || at == std::string::npos) continue;
    std::istringstream words(line.substr(at));
    for (std::string word; words >> word && word != "No";) {
      if (word != "Cm" && word != "," && word != "Ns" && word != "Ar" && word != "FILE") {
        keys.push_back(word.substr(0, word.find('=')));
      }
    }
  }
  return keys;
}

// Whether it goes to the kernel, which knows none of lockfs's own.
bool is_passed_on(const std::string& mount_option) {
  const char* const arguments[] = {"lockfs", "-o", mount_option.c_str(), "/nowhere"};
  std::ostringstream out;
  std::ostringstream err;
  return !parse_options(4, arguments, out, err).options.mount_options.empty();
}

TEST(DaemonManual, HasTheMountOptionsThatAreItsOwn) {
  const auto documented = documented_mount_options();
  for (const auto& key : own_mount_options()) {
    EXPECT_THAT(documented, testing::Contains(std::string(key)))
        << "lockfs.8 does not have this mount option under -o: describe it there";
  }
  for (const auto& key : documented) {
    EXPECT_FALSE(is_passed_on(key)) << "lockfs.8 says that lockfs knows the mount option " << key;
  }
}

TEST(DaemonManual, HasTheNumbers) {
  EXPECT_THAT(page_text("lockfs.8", ".Sh PROCESSES", ".Sh UPGRADES"),
              HasSubstr("At the " + std::to_string(max_crashes) + "th crash within " +
                        std::to_string(crash_window_s) + " seconds"));
  EXPECT_THAT(page_text("lockfs.8", ".Sh PROCESSES", ".Sh UPGRADES"),
              HasSubstr("Beyond " + std::to_string(max_prompt_restarts) + " times within " +
                        std::to_string(kill_window_s) + " seconds"));
  EXPECT_THAT(page_text("lockfs.8", ".Sh UPGRADES", ".Sh SYSTEMD"),
              HasSubstr("not ready within " + std::to_string(upgrade_limit_s) + " seconds"));
}

}  // namespace
}  // namespace lockfs::test

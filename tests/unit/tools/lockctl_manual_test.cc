// lockctl(1) has lockctl's commands and options, and no others.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "tests/unit/tools/manual_page.h"
#include "tools/arguments.h"

namespace lockfs::test {
namespace {

// "run NAME -- CMD...", and "run NAME -- CMD...: -n,--nonblock" for each of its options.
std::vector<std::string> documented_commands() {
  std::vector<std::string> items;
  std::string command;
  for (const auto& line : page_lines("lockctl.1", ".Sh COMMANDS", ".Sh ENVIRONMENT")) {
    if (starts_with(line, ".It Cm ")) items.push_back(command = plain_item(line));
    if (starts_with(line, ".It Fl ")) items.push_back(command + ": " + plain_item(line));
  }
  return items;
}

std::string plain(const Option& option) {
  return std::string(option.names) + (option.value.empty() ? "" : " " + std::string(option.value));
}

TEST(LockctlManual, HasTheCommandsAndTheirOptions) {
  std::vector<std::string> real;
  for (const auto& form : lockctl_commands()) {
    real.push_back(usage_of(form));
    for (const auto& option : form.options) {
      real.push_back(usage_of(form) + ": " + plain(option));
    }
  }
  EXPECT_EQ(differences("lockctl(1), COMMANDS", documented_commands(), real), "");
}

TEST(LockctlManual, HasTheOptionsOfAllCommands) {
  std::set<std::string> documented;
  for (const auto& line : page_lines("lockctl.1", ".Sh OPTIONS", ".Sh COMMANDS")) {
    if (starts_with(line, ".It Fl ")) documented.insert(plain_item(line));
  }
  EXPECT_EQ(documented,
            (std::set<std::string>{plain(mount_option()), "-h,--help", "-V,--version"}));
}

}  // namespace
}  // namespace lockfs::test

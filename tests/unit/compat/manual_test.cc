// The manual has the options of the older systems' tools, and no others.
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>

#include "tools/compat/program.h"

namespace lockfs::compat {
namespace {

struct Page {
  const Program* program;
  std::string section;
};

class Manual : public ::testing::TestWithParam<Page> {};

INSTANTIATE_TEST_SUITE_P(Of, Manual,
                         ::testing::Values(Page{&lockersh_program, "1"}, Page{&loto_program, "1"},
                                           Page{&mutexdaemon_program, "8"},
                                           Page{&pidstat_program, "1"},
                                           Page{&pidstatd_program, "8"},
                                           Page{&pidwatch_program, "1"},
                                           Page{&uriexec_program, "1"}),
                         [](const auto& given) { return std::string(given.param.program->name); });

// As mdoc(7) has it: ".It Fl -dhost Ar HOST".
std::string item(const Option& option) {
  std::string text = ".It Fl ";
  if (option.name.size() > 1) text += "-";
  if (option.negatable) text += "[no]";
  text += option.name;
  return text + (option.value.empty() ? "" : " Ar " + std::string(option.value));
}

TEST_P(Manual, HasTheOptions) {
  const Program& program = *GetParam().program;
  std::ifstream page(TEST_SOURCE_DIR "/../man/compat/" + std::string(program.name) + "." +
                     GetParam().section);
  ASSERT_TRUE(page);
  std::set<std::string> documented;
  for (std::string line; std::getline(page, line);) {
    if (line.rfind(".Sh EXIT", 0) == 0) break;
    if (line.rfind(".It Fl ", 0) == 0) documented.insert(line);
  }
  std::set<std::string> real;
  for (const auto& option : program.options) real.insert(item(option));
  for (const auto& option : common_options()) real.insert(item(option));
  EXPECT_EQ(documented, real);
}

}  // namespace
}  // namespace lockfs::compat

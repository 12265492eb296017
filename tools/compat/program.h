// The older systems' programs: what each takes on its command line, and what it does.
//
// Their command lines are as Getopt::Long reads them: one dash or two before a name, "=" or a
// blank before a value, names cut short where that is clear. glibc's getopt_long_only(3) reads
// them so; its state is the process's: one thread at a time.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/failure.h"
#include "tools/streams.h"

namespace lockfs::compat {

struct Option {
  std::string_view name;   // without dashes
  std::string_view value;  // what it takes; empty: nothing
  std::string_view help;
  bool negatable = false;  // --noNAME too
};

// What was typed.
struct Line {
  struct Given {
    std::string_view name;
    std::string value;
    bool negated = false;
  };
  std::vector<Given> given;
  std::vector<std::string> words;  // what is left: the command

  std::optional<std::string> value(std::string_view name) const;  // the last one given
  std::vector<std::string> values(std::string_view name) const;
  bool on(std::string_view name, bool by_default = false) const;
};

struct Program {
  std::string_view name;
  std::string_view words;  // what stands behind the options
  std::span<const Option> options;
  bool stops_at_command = true;  // options behind the first word are that word's
  int usage_status = exit_status::usage;
  int help_status = exit_status::success;
  int version_status = exit_status::success;
  Result<int> (*run)(const Line&, const Streams&) = nullptr;
};

// What Perl's die() gives, where no errno says more.
inline constexpr int died = 255;

extern const Program lockersh_program;
extern const Program loto_program;
extern const Program mutexdaemon_program;
extern const Program pidstat_program;
extern const Program pidstatd_program;
extern const Program pidwatch_program;
extern const Program uriexec_program;

// Beside each program's own.
std::span<const Option> common_options();

// The exit status.
int perform(const Program& program, std::span<const std::string> args, const Streams& streams);

}  // namespace lockfs::compat

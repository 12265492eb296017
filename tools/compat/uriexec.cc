// uriexec: a command that went through several shells URI-encoded, decoded and run.
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tools/compat/program.h"
#include "tools/compat/shell_command.h"
#include "tools/compat/text.h"
#include "tools/compat/uri.h"

namespace lockfs::compat {
namespace {

constexpr Option uriexec_options[] = {
    {.name = "cd", .value = "DIR", .help = "Run the command there (URI-encoded)"},
    {.name = "shell",
     .value = "SHELL",
     .help = "What runs it, with its options (URI-encoded; /bin/sh -c)"},
    {.name = "show", .value = "", .help = "Print what would be run", .negatable = true},
};

constexpr std::string_view default_shell = "/bin/sh -c";

void show(const Line& line, const std::string& shell, const Streams& streams) {
  if (const auto folder = line.value("cd")) streams.out << "cd    " << uri_show(*folder) << "\n";
  streams.out << "shell " << uri_show(shell) << "\n";
  streams.out << "cmd   " << uri_show(join(line.words)) << "\n";
}

Result<int> uriexec(const Line& line, const Streams& streams) {
  if (line.words.empty()) return failure(died, "no command was given; see 'uriexec --help'");
  const std::string shell = line.value("shell").value_or(std::string(default_shell));
  if (line.on("show")) {
    show(line, shell, streams);
    return exit_status::success;
  }
  const std::string folder = uri_decode(line.value("cd").value_or(""));
  if (!folder.empty() && ::chdir(folder.c_str()) != 0) {
    const int error = errno;
    return failure(error, folder + ": " + std::strerror(error));
  }
  auto command = split(uri_decode(shell), ' ');
  if (command.empty()) return failure(died, "--shell names no program");
  command.push_back(uri_decode(join(line.words)));
  if (command.back().find('\0') != std::string::npos) {
    return failure(died, "the command has a zero byte (%00) in it, which no program can be given");
  }
  return tl::make_unexpected(become(std::move(command), streams));
}

}  // namespace

const Program uriexec_program = {.name = "uriexec",
                                 .words = "COMMAND...",
                                 .options = uriexec_options,
                                 .usage_status = died,
                                 .help_status = 2,
                                 .run = uriexec};

}  // namespace lockfs::compat

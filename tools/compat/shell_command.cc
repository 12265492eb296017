#include "tools/compat/shell_command.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tools/compat/argv.h"
#include "tools/compat/text.h"

namespace lockfs::compat {

Failure become(std::vector<std::string> command, const Streams& streams) {
  const auto argv = argv_of(command);
  streams.out.flush();
  streams.err.flush();
  ::execvp(argv.front(), argv.data());
  const int error = errno;
  return {error, command.front() + " cannot be run: " + std::strerror(error)};
}

std::vector<std::string> shell_command(const std::vector<std::string>& words) {
  return {"/bin/sh", "-c", join(words)};
}

}  // namespace lockfs::compat

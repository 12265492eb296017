// mutexdaemon's commands (Virtual Lab): reload and query. The daemon itself is lockfs(8).
#include <string>

#include "tools/arguments.h"
#include "tools/compat/boards.h"
#include "tools/compat/program.h"
#include "tools/control.h"
#include "tools/errno_words.h"
#include "tools/files.h"
#include "tools/mount.h"

namespace lockfs::compat {
namespace {

constexpr Option mutexdaemon_options[] = {
    {.name = "mount",
     .value = "DIR",
     .help = "The lockfs mount, instead of LOCKFS_MOUNT or the only one there is"},
};

Result<int> query(const std::string& mount, const Streams& streams) {
  const auto text = read_file(mount + "/status.json");
  if (!text) return tl::make_unexpected(mount_failure(mount, text.error()));
  const auto boards = describe_boards(*text);
  if (!boards) return failure(exit_status::io, mount + "/status.json cannot be understood");
  streams.out << *boards;
  return exit_status::success;
}

Result<int> mutexdaemon(const Line& line, const Streams& streams) {
  const std::string asked = line.value("mount").value_or("");
  if (line.words.size() == 1 && line.words.front() == "reload") {
    Arguments arguments;
    arguments.verb = "reload";
    arguments.mount = asked;
    return give_command(arguments, streams);
  }
  if (line.words.size() == 1 && line.words.front() == "query") {
    return find_mount(asked).and_then(
        [&](const std::string& mount) { return query(mount, streams); });
  }
  return failure(exit_status::usage,
                 "say 'mutexdaemon reload' or 'mutexdaemon query'; the daemon is lockfs");
}

}  // namespace

const Program mutexdaemon_program = {.name = "mutexdaemon",
                                     .words = "reload | query",
                                     .options = mutexdaemon_options,
                                     .stops_at_command = false,
                                     .run = mutexdaemon};

}  // namespace lockfs::compat

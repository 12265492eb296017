#include "tools/arguments.h"

#include "tools/check_config.h"
#include "tools/control.h"
#include "tools/run_locked.h"
#include "tools/views.h"

namespace lockfs {
namespace {

constexpr Option json_option = {
    .names = "--json", .value = "", .help = "Print JSON", .target = &Arguments::json};

constexpr Option view_options[] = {json_option};

constexpr Option check_options[] = {
    {.names = "--lax-accounts",
     .value = "",
     .help = "Unknown users and groups are warnings only",
     .target = &Arguments::lax_accounts},
};

constexpr Option run_options[] = {
    {.names = "-n,--nonblock",
     .value = "",
     .help = "Fail at once if the lock cannot be had now",
     .target = &Arguments::nonblock},
    {.names = "-w,--wait",
     .value = "SECS",
     .help = "Wait so many seconds at most (fractions allowed, 0 as -n)",
     .target = &Arguments::wait},
    {.names = "-s,--shared",
     .value = "",
     .help = "Lock shared, not exclusive",
     .target = &Arguments::shared},
    {.names = "-E,--conflict-exit-code",
     .value = "CODE",
     .help = "Exit so when -n or -w fails (0 to 255; 1 if not given)",
     .target = &Arguments::conflict_status},
};

constexpr Option mount_row = {
    .names = "--mount",
    .value = "DIR",
    .help = "The mount to use, instead of LOCKFS_MOUNT or the only one there is",
    .target = &Arguments::mount};

constexpr CommandForm commands[] = {
    {.name = "status",
     .summary = "Print every board, unit, holder and waiter",
     .options = view_options,
     .run = show_status},
    {.name = "list",
     .summary = "Print every lock that is held, and who holds it",
     .options = view_options,
     .run = list_holds},
    {.name = "show",
     .summary = "Print one lock's units, holders and waiters",
     .subject = "NAME",
     .subject_help = "The lock's name, or the path of its file",
     .options = view_options,
     .run = show_lock},
    {.name = "reload", .summary = "Have the daemon read its configuration again", .run = reload},
    {.name = "upgrade",
     .summary = "Have the program on disk take over, with every lock and waiter",
     .run = upgrade},
    {.name = "check-config",
     .summary = "Say what is wrong with a configuration; needs no mount",
     .subject = "FILE",
     .subject_help = "The configuration file",
     .takes_mount = false,
     .options = check_options,
     .run = check_config},
    {.name = "run",
     .summary = "Run a command under a lock: lockctl run NAME -- CMD...",
     .subject = "NAME",
     .subject_help = "The lock's name, or the path of its file",
     .takes_command = true,
     .options = run_options,
     .run = run_locked},
};

}  // namespace

std::span<const CommandForm> lockctl_commands() { return commands; }

const Option& mount_option() { return mount_row; }

}  // namespace lockfs

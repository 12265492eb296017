#include "tools/arguments.h"

#include <algorithm>

#include "tools/check_config.h"
#include "tools/completion.h"
#include "tools/control.h"
#include "tools/history.h"
#include "tools/run_locked.h"
#include "tools/views.h"

namespace lockfs {
namespace {

constexpr Option json_options[] = {
    {.names = "--json", .value = "", .help = "Print JSON", .target = &Arguments::json},
};

constexpr Option break_options[] = {
    {.names = "--token",
     .value = "TOKEN",
     .help = "Only the grant that has this token",
     .target = &Arguments::token},
    json_options[0],
};

constexpr Option check_options[] = {
    {.names = "--lax-accounts",
     .value = "",
     .help = "Unknown users and groups are warnings only",
     .target = &Arguments::lax_accounts},
    json_options[0],
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
    {.names = "--note",
     .value = "TEXT",
     .help = "Show this to those who look at the lock",
     .target = &Arguments::note},
    {.names = "--on-break",
     .value = "SIG",
     .help = "What the command gets if the lock is lost (TERM if not given), or none",
     .target = &Arguments::on_break,
     .kind = WordKind::signal},
};

constexpr Option user_option = {.names = "--user",
                                .value = "USER",
                                .help = "Only this user's, by name or number",
                                .target = &Arguments::user};

constexpr Option events_options[] = {
    user_option,
    {.names = "--from",
     .value = "POSITION",
     .help = "From this event on, as far as the daemon still has it (1: all)",
     .target = &Arguments::from},
    json_options[0],
};

constexpr Option history_options[] = {
    user_option,
    {.names = "--since",
     .value = "TIME",
     .help = "From then on: 2026-11-21, 2026-11-21T10:04, 10:04, or how long ago: 90m, 2d",
     .target = &Arguments::since},
    json_options[0],
};

constexpr Option mount_row = {
    .names = "--mount",
    .value = "DIR",
    .help = "The mount to use, instead of LOCKFS_MOUNT or the only one there is",
    .target = &Arguments::mount,
    .kind = WordKind::folder};

constexpr Operand lock_operand[] = {
    {.name = "NAME",
     .help = "The lock's name, or the path of its file",
     .target = &Arguments::subject,
     .kind = WordKind::lock},
};

constexpr Operand expression_operand[] = {
    {.name = "EXPR",
     .help = "A lock's name, its file's path, or an expression: a+b, a,b; several: all of them",
     .target = &Arguments::expressions,
     .kind = WordKind::expression},
};

constexpr Operand reason_operand = {.name = "REASON",
                                    .help = "Why, for those who look",
                                    .target = &Arguments::reason,
                                    .required = false};

constexpr Operand unit_operand[] = {
    {.name = "NAME@UNIT",
     .help = "The board, and the address of one of its units",
     .target = &Arguments::subject,
     .kind = WordKind::unit},
    reason_operand,
};

constexpr Operand broken_operands[] = {
    {.name = "NAME[@UNIT]",
     .help = "The lock, or one unit of it",
     .target = &Arguments::subject,
     .kind = WordKind::lock_or_unit},
    reason_operand,
};

constexpr Operand drained_operands[] = {lock_operand[0], reason_operand};

constexpr Operand level_operand[] = {
    {.name = "LEVEL",
     .help = "trace, debug, info, warning, error, critical or off",
     .target = &Arguments::level,
     .kind = WordKind::level},
};

constexpr Operand file_operand[] = {
    {.name = "FILE",
     .help = "The configuration file",
     .target = &Arguments::file,
     .kind = WordKind::file},
};

constexpr Operand told_operand[] = {
    {.name = "NAME",
     .help = "Only what happened to this lock",
     .target = &Arguments::subject,
     .kind = WordKind::lock,
     .required = false},
};

constexpr CommandForm commands[] = {
    {.name = "status",
     .summary = "Print every board, unit, holder and waiter",
     .options = json_options,
     .run = show_status},
    {.name = "list",
     .summary = "Print every lock that is held, and who holds it",
     .options = json_options,
     .run = list_holds},
    {.name = "show",
     .summary = "Print one lock's units, holders and waiters",
     .operands = lock_operand,
     .options = json_options,
     .run = show_lock},
    {.name = "events",
     .summary = "Print what happens, as it happens",
     .operands = told_operand,
     .options = events_options,
     .run = show_events},
    {.name = "history",
     .summary = "Print what happened",
     .operands = told_operand,
     .options = history_options,
     .run = show_history},
    {.name = "run",
     .summary = "Run a command under a lock: lockctl run NAME -- CMD...",
     .operands = expression_operand,
     .takes_command = true,
     .options = run_options,
     .run = run_locked},
    {.name = "break",
     .summary = "Take a lock away from whoever holds it",
     .operands = broken_operands,
     .options = break_options,
     .run = give_command},
    {.name = "offline",
     .summary = "Mark a unit as not to be given to anybody",
     .operands = unit_operand,
     .options = json_options,
     .run = give_command},
    {.name = "online",
     .summary = "Give a unit that was marked offline to people again",
     .operands = std::span(unit_operand).first(1),
     .options = json_options,
     .run = give_command},
    {.name = "drain",
     .summary = "Give a lock to nobody new; those who hold it keep it",
     .operands = drained_operands,
     .options = json_options,
     .run = give_command},
    {.name = "undrain",
     .summary = "Give a lock that was drained to people again",
     .operands = lock_operand,
     .options = json_options,
     .run = give_command},
    {.name = "create",
     .summary = "Make a dynamic lock that stays",
     .operands = lock_operand,
     .options = json_options,
     .run = give_command},
    {.name = "remove",
     .summary = "Remove a dynamic lock that nobody uses",
     .operands = lock_operand,
     .options = json_options,
     .run = give_command},
    {.name = "reload",
     .summary = "Have the daemon read its configuration again",
     .options = json_options,
     .run = give_command},
    {.name = "upgrade",
     .summary = "Have the program on disk take over, with every lock and waiter",
     .options = json_options,
     .run = give_command},
    {.name = "loglevel",
     .summary = "Have the daemon log from this level on",
     .operands = level_operand,
     .options = json_options,
     .run = give_command},
    {.name = "check-config",
     .summary = "Say what is wrong with a configuration; needs no mount",
     .operands = file_operand,
     .takes_mount = false,
     .options = check_options,
     .run = check_config},
    {.name = "completion",
     .summary = "Print the completion of these commands for bash",
     .takes_mount = false,
     .run = print_completion},
};

std::string usage_of(const Operand& operand) {
  std::string text(operand.name);
  if (operand.is_list()) text += "...";
  return operand.required ? text : "[" + text + "]";
}

}  // namespace

std::span<const CommandForm> lockctl_commands() { return commands; }

const CommandForm* find_command(std::string_view name) {
  const auto* const form =
      std::find_if(std::begin(commands), std::end(commands),
                   [name](const CommandForm& each) { return each.name == name; });
  return form == std::end(commands) ? nullptr : form;
}

const Option& mount_option() { return mount_row; }

std::string usage_of(const CommandForm& form) {
  std::string text(form.name);
  for (const auto& operand : form.operands) text += " " + usage_of(operand);
  return form.takes_command ? text + " -- CMD..." : text;
}

}  // namespace lockfs

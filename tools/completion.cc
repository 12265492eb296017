#include "tools/completion.h"

#include <vector>

namespace lockfs {
namespace {

// Behind the generated functions: _lockctl_commands; _lockctl_options COMMAND; _lockctl_value
// COMMAND OPTION and _lockctl_operand COMMAND INDEX, which print the kind of a word.
constexpr char machinery[] = R"script(
# Prints what the mount has: locks, or units as LOCK@UNIT, beside a lock's name where it has only
# one unit, of that name.
_lockctl_mount() {
  local where=()
  [[ -z $2 ]] || where=(--mount "$2")
  lockctl status "${where[@]}" 2>/dev/null | awk -v what="$1" '
    NR == 1 || seen[$1, $2]++ { next }
    what != "units" && !named[$1]++ { print $1 }
    what != "locks" && $2 != "-" && $1 != $2 { print $1 "@" $2 }'
}

# _lockctl_words KIND MOUNT CUR: prints the words of that kind, one a line.
_lockctl_words() {
  local head=${3%"${3##*[+,]}"} word
  case $1 in
    lock) _lockctl_mount locks "$2" ;;
    unit) _lockctl_mount units "$2" ;;
    lock_or_unit) _lockctl_mount both "$2" ;;
    expression)
      _lockctl_mount both "$2" | while read -r word; do echo "$head$word"; done
      [[ $3 != *=* ]] || printf '%s\n' "${3%=*}=shared" "${3%=*}=exclusive"
      ;;
    file) compgen -f -- "$3" ;;
    folder) compgen -d -- "$3" ;;
    level) printf '%s\n' trace debug info warning error critical off ;;
    signal) echo none && kill -l | grep -o 'SIG[A-Z0-9]*' | cut -c4- ;;
  esac
}

# Offers those of the lines that begin with $cur. Bash breaks words at some of these marks, and
# replaces only what stands behind the last; an @ it replaces too.
_lockctl_reply() {
  local rest=$cur head mark word
  [[ $COMP_WORDBREAKS != *@* || $rest != *@* ]] || rest=@${rest##*@}
  for mark in = :; do
    [[ $COMP_WORDBREAKS != *"$mark"* ]] || rest=${rest##*"$mark"}
  done
  head=${cur%"$rest"}
  while read -r word; do
    [[ -n $word && $word == "$cur"* ]] || continue
    word=${word#"$head"}
    [[ $word != *[!A-Za-z0-9@+,=._:/%-]* ]] || printf -v word %q "$word"
    COMPREPLY+=("$word")
  done <<<"$1"
}

# The command behind "--", whose words begin with the given one.
_lockctl_foreign() {
  local i
  if declare -F _command_offset >/dev/null; then
    for ((i = 0; i < COMP_CWORD; i++)); do
      [[ ${COMP_WORDS[i]} != -- ]] || { _command_offset $((i + 1)) && return; }
    done
  fi
  if (($1 == ${#words[@]})); then
    mapfile -t COMPREPLY < <(compgen -c -- "$cur")
  else
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
  fi
}

_lockctl() {
  local line=${COMP_LINE:0:COMP_POINT} cur='' command='' mount='' kind='' operand=0 i words
  COMPREPLY=()
  read -ra words <<<"$line"
  if [[ $line != *[[:space:]] ]]; then
    cur=${words[-1]}
    unset 'words[-1]'
  fi
  for ((i = 1; i < ${#words[@]}; i++)); do
    if [[ ${words[i]} == -- ]]; then
      _lockctl_foreign $((i + 1))
      return
    elif kind=$(_lockctl_value "$command" "${words[i]}"); then
      [[ ${words[i]} != --mount ]] || mount=${words[i + 1]-}
      ((++i))
    elif [[ ${words[i]} == -* ]]; then
      [[ ${words[i]} != --mount=* ]] || mount=${words[i]#*=}
    elif [[ -z $command ]]; then
      command=${words[i]}
    else
      ((++operand))
    fi
  done
  if ((i > ${#words[@]})); then
    _lockctl_reply "$(_lockctl_words "$kind" "$mount" "$cur")"
  elif [[ $cur == -* ]]; then
    _lockctl_reply "$(_lockctl_options "$command")"
  elif [[ -z $command ]]; then
    _lockctl_reply "$(_lockctl_commands)"
  else
    kind=$(_lockctl_operand "$command" "$operand")
    _lockctl_reply "$(_lockctl_words "$kind" "$mount" "$cur")"
  fi
}
complete -o nosort -F _lockctl lockctl
)script";

std::string_view name_of(WordKind kind) {
  switch (kind) {
    case WordKind::lock:
      return "lock";
    case WordKind::unit:
      return "unit";
    case WordKind::lock_or_unit:
      return "lock_or_unit";
    case WordKind::expression:
      return "expression";
    case WordKind::file:
      return "file";
    case WordKind::folder:
      return "folder";
    case WordKind::level:
      return "level";
    case WordKind::signal:
      return "signal";
    case WordKind::any:
      break;
  }
  return "any";
}

// "-n,--nonblock" with something else between.
std::string names_of(const Option& option, std::string_view separator,
                     const std::string& before = "") {
  std::string text;
  std::string_view names = option.names;
  while (!names.empty()) {
    const auto name = names.substr(0, names.find(','));
    text += (text.empty() ? "" : std::string(separator)) + before + std::string(name);
    names.remove_prefix(std::min(names.size(), name.size() + 1));
  }
  return text;
}

std::vector<Option> options_of(const CommandForm& form) {
  std::vector<Option> options(form.options.begin(), form.options.end());
  if (form.takes_mount) options.push_back(mount_option());
  return options;
}

// A function that prints a text by its arguments.
std::string function(const std::string& name, const std::string& what, const std::string& cases,
                     const std::string& otherwise) {
  return "\n_lockctl_" + name + "() {\n  case \"" + what + "\" in\n" + cases + "    *) " +
         otherwise + " ;;\n  esac\n}\n";
}

std::string commands_function() {
  std::string names;
  for (const auto& form : lockctl_commands()) names += " " + std::string(form.name);
  return "_lockctl_commands() {\n  printf '%s\\n'" + names + "\n}\n";
}

std::string options_function() {
  std::string cases;
  for (const auto& form : lockctl_commands()) {
    cases += "    " + std::string(form.name) + ") printf '%s\\n'";
    for (const auto& option : options_of(form)) cases += " " + names_of(option, " ");
    cases += " -h --help ;;\n";
  }
  return function("options", "$1", cases, "printf '%s\\n' --mount -h --help -V --version");
}

std::string value_function() {
  std::string cases =
      "    *' --mount') echo " + std::string(name_of(mount_option().kind)) + " ;;\n";
  for (const auto& form : lockctl_commands()) {
    for (const auto& option : form.options) {
      if (option.value.empty()) continue;
      const std::string before = std::string(form.name) + " ";
      cases += "    '" + names_of(option, "' | '", before) + "') echo " +
               std::string(name_of(option.kind)) + " ;;\n";
    }
  }
  return function("value", "$1 $2", cases, "return 1");
}

std::string operand_function() {
  std::string cases;
  for (const auto& form : lockctl_commands()) {
    for (std::size_t i = 0; i < form.operands.size(); ++i) {
      const auto& operand = form.operands[i];
      cases += "    " + std::string(form.name) + ":" +
               (operand.is_list() ? "*" : std::to_string(i)) + ") echo " +
               std::string(name_of(operand.kind)) + " ;;\n";
    }
  }
  return function("operand", "$1:$2", cases, "echo any");
}

}  // namespace

std::string bash_completion() {
  return "# Completion of lockctl for bash, made by \"lockctl completion\".\n" +
         commands_function() + options_function() + value_function() + operand_function() +
         machinery;
}

Result<int> print_completion(const Arguments& /*arguments*/, const Streams& streams) {
  streams.out << bash_completion();
  return exit_status::success;
}

}  // namespace lockfs

#include "tools/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "tools/option_value.h"

namespace lockfs {
namespace {

CLI::Option* add(CLI::App& app, const Option& option, bool& flag) {
  return app.add_flag(std::string(option.names), flag, std::string(option.help));
}

template <class Value>
CLI::Option* add(CLI::App& app, const Option& option, Value& value) {
  const auto set = [&value](const std::string& text) {
    const auto wanted = set_value(text, value);
    if (!wanted.empty()) throw CLI::ValidationError("\"" + text + "\" is not " + wanted);
  };
  return app
      .add_option_function<std::string>(std::string(option.names), set, std::string(option.help))
      ->type_name(std::string(option.value));
}

void add_option(CLI::App& app, const Option& option, Arguments& arguments) {
  std::visit([&](auto target) { add(app, option, arguments.*target); }, option.target);
}

void add_operand(CLI::App& app, const Operand& operand, Arguments& arguments) {
  const std::string name(operand.name);
  const std::string help(operand.help);
  const auto add = [&](auto target) { return app.add_option(name, arguments.*target, help); };
  CLI::Option* const added = std::visit(add, operand.target);
  added->required(operand.required)->type_name("");
}

CLI::App& add_command(CLI::App& app, const CommandForm& form, Arguments& arguments) {
  CLI::App& command = *app.add_subcommand(std::string(form.name), std::string(form.summary));
  for (const auto& option : form.options) add_option(command, option, arguments);
  if (form.takes_mount) add_option(command, mount_option(), arguments);
  for (const auto& operand : form.operands) add_operand(command, operand, arguments);
  if (form.takes_command) command.footer("-- CMD... stands at the end: the command and its words.");
  return command;
}

// The command that the words begin with, behind what may stand before it; null if that is none.
const CommandForm* leading_form(std::span<const std::string> args) {
  const std::string mount(mount_option().names);
  std::size_t next = 0;
  while (next < args.size() && args[next].starts_with("-")) next += args[next] == mount ? 2 : 1;
  return next < args.size() ? find_command(args[next]) : nullptr;
}

// CLI11 cannot tell a command's words from options of ours, so it does not get to see them.
std::vector<std::string> take_command(std::span<const std::string> args, Arguments& arguments,
                                      bool& marked) {
  const auto* const form = leading_form(args);
  const auto mark = form != nullptr && form->takes_command
                        ? std::find(args.begin(), args.end(), "--")
                        : args.end();
  marked = mark != args.end();
  if (marked) arguments.command.assign(mark + 1, args.end());
  std::vector<std::string> own(args.begin(), mark);
  std::reverse(own.begin(), own.end());  // as CLI11 takes them
  return own;
}

Failure usage_failure(const CLI::App& app, std::string message) {
  std::string help = "lockctl";
  for (const auto* command : app.get_subcommands()) help += " " + command->get_name();
  return {exit_status::usage, std::move(message) + "\nTry '" + help + " --help'."};
}

// The form of the command that was given; null if none was.
const CommandForm* given_form(const CLI::App& app) {
  const auto commands = app.get_subcommands();
  return commands.empty() ? nullptr : find_command(commands.front()->get_name());
}

// A word too many before "--" is most often the command, with the "--" forgotten.
std::string explain_extras(const CLI::App& app, bool marked) {
  const auto* const form = given_form(app);
  if (marked || form == nullptr || !form->takes_command) {
    const auto word = app.remaining(true).front();
    return word.starts_with('-') ? "there is no option " + word + " here"
                                 : "\"" + word + "\" is one word too many";
  }
  return "put \"--\" before the command: lockctl " + usage_of(*form);
}

std::string explain_missing(const CLI::App& app) {
  if (const auto* const form = given_form(app)) return "say more: lockctl " + usage_of(*form);
  const auto words = app.remaining();
  return words.empty() ? "say what to do" : "there is no command \"" + words.front() + "\"";
}

}  // namespace

ParsedCommandLine parse_command_line(std::span<const std::string> args) {
  Arguments arguments;
  bool marked = false;
  auto own = take_command(args, arguments, marked);
  CLI::App app("Look at and use the locks of a lockfs mount.", "lockctl");
  app.set_version_flag("-V,--version", "lockctl " LOCKFS_VERSION);
  app.require_subcommand(1);
  add_option(app, mount_option(), arguments);
  for (const auto& form : lockctl_commands()) add_command(app, form, arguments);
  try {
    app.parse(own);
  } catch (const CLI::CallForHelp&) {
    const auto commands = app.get_subcommands();
    return Information{commands.empty() ? app.help() : commands.front()->help("lockctl")};
  } catch (const CLI::CallForVersion& version) {
    return Information{version.what() + std::string("\n")};
  } catch (const CLI::ExtrasError&) {
    return usage_failure(app, explain_extras(app, marked));
  } catch (const CLI::RequiredError&) {
    return usage_failure(app, explain_missing(app));
  } catch (const CLI::ParseError& error) {
    return usage_failure(app, error.what());
  }
  const auto* const form = given_form(app);
  if (form->takes_command && arguments.command.empty()) {
    return usage_failure(app, "the command to run is missing: lockctl " + usage_of(*form));
  }
  arguments.verb = form->name;
  return Invocation{form, std::move(arguments)};
}

}  // namespace lockfs

#include "tools/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

namespace lockfs {
namespace {

constexpr double max_seconds = 100'000'000;

template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

void add_option(CLI::App& app, const Option& option, Arguments& arguments) {
  const std::string names(option.names);
  const std::string help(option.help);
  CLI::Option* const added = std::visit(
      Overloaded{[&](bool Arguments::*flag) { return app.add_flag(names, arguments.*flag, help); },
                 [&](std::string Arguments::*text) {
                   return app.add_option(names, arguments.*text, help);
                 },
                 [&](int Arguments::*status) {
                   return app.add_option(names, arguments.*status, help)
                       ->check(CLI::Range(0, 255).description(""));
                 },
                 [&](std::optional<std::chrono::microseconds> Arguments::*limit) {
                   const auto set = [&arguments, limit](const std::string& text) {
                     arguments.*limit = parse_seconds(text);
                     if (arguments.*limit) return;
                     throw CLI::ValidationError("\"" + text + "\" is not a number of seconds");
                   };
                   return app.add_option_function<std::string>(names, set, help);
                 }},
      option.target);
  if (!option.value.empty()) added->type_name(std::string(option.value));
}

CLI::App& add_command(CLI::App& app, const CommandForm& form, Arguments& arguments) {
  CLI::App& command = *app.add_subcommand(std::string(form.name), std::string(form.summary));
  for (const auto& option : form.options) add_option(command, option, arguments);
  if (form.takes_mount) add_option(command, mount_option(), arguments);
  if (!form.subject.empty()) {
    command
        .add_option(std::string(form.subject), arguments.subject, std::string(form.subject_help))
        ->required()
        ->type_name("");
  }
  if (form.takes_command) command.footer("-- CMD... stands at the end: the command and its words.");
  return command;
}

// CLI11 cannot tell a command's words from options of ours, so it does not get to see them.
std::vector<std::string> take_command(std::span<const std::string> args, Arguments& arguments,
                                      bool& marked) {
  const auto mark = std::find(args.begin(), args.end(), "--");
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

std::optional<std::string> misplaced_command(const CommandForm& form, const Arguments& arguments,
                                             bool marked) {
  const std::string name(form.name);
  if (!form.takes_command && marked) return name + " takes no command behind \"--\"";
  if (form.takes_command && arguments.command.empty()) {
    return "the command to run is missing: lockctl " + name + " NAME -- CMD...";
  }
  return std::nullopt;
}

// The form of the command that was given; null if none was.
const CommandForm* given_form(const CLI::App& app) {
  const auto commands = app.get_subcommands();
  const auto forms = lockctl_commands();
  const auto form = std::find_if(forms.begin(), forms.end(), [&](const CommandForm& each) {
    return !commands.empty() && commands.front()->get_name() == each.name;
  });
  return form == forms.end() ? nullptr : &*form;
}

// A word too many before "--" is most often the command, with the "--" forgotten.
std::string explain_extras(const CLI::App& app, const CLI::ExtrasError& error, bool marked) {
  const auto* const form = given_form(app);
  if (marked || form == nullptr || !form->takes_command) return error.what();
  return "put \"--\" before the command: lockctl " + std::string(form->name) + " NAME -- CMD...";
}

std::string explain_missing(const CLI::App& app, const CLI::RequiredError& error) {
  if (!app.get_subcommands().empty()) return error.what();
  const auto words = app.remaining();
  return words.empty() ? "say what to do" : "there is no command \"" + words.front() + "\"";
}

}  // namespace

std::optional<std::chrono::microseconds> parse_seconds(std::string_view text) {
  double seconds = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, seconds, std::chars_format::fixed);
  if (error != std::errc() || stop != end || !std::isfinite(seconds)) return std::nullopt;
  if (seconds < 0 || seconds > max_seconds) return std::nullopt;
  // Rounded up: a limit that is not zero is not to become one.
  return std::chrono::microseconds(static_cast<std::int64_t>(std::ceil(seconds * 1e6)));
}

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
  } catch (const CLI::ExtrasError& error) {
    return usage_failure(app, explain_extras(app, error, marked));
  } catch (const CLI::RequiredError& error) {
    return usage_failure(app, explain_missing(app, error));
  } catch (const CLI::ParseError& error) {
    return usage_failure(app, error.what());
  }
  const auto* const form = given_form(app);
  if (auto fault = misplaced_command(*form, arguments, marked)) {
    return usage_failure(app, std::move(*fault));
  }
  return Invocation{form, std::move(arguments)};
}

}  // namespace lockfs

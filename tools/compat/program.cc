#include "tools/compat/program.h"

#include <getopt.h>

#include <algorithm>

#include "tools/compat/argv.h"

namespace lockfs::compat {
namespace {

constexpr Option shared_options[] = {
    {.name = "help", .value = "", .help = "Print this and exit"},
    {.name = "version", .value = "", .help = "Print the version and exit"},
};

// All that getopt_long_only(3) needs to read one program's command line.
class Syntax {
 public:
  explicit Syntax(const Program& program) : letters_(program.stops_at_command ? "+:" : ":") {
    for (const auto& option : program.options) add(option);
    for (const auto& option : shared_options) add(option);
    for (std::size_t i = 0; i < forms_.size(); ++i) {
      const int takes = forms_[i].option->value.empty() ? no_argument : required_argument;
      table_.push_back(
          {forms_[i].spelling.c_str(), takes, nullptr, first_form + static_cast<int>(i)});
    }
    table_.push_back({});
  }

  const char* letters() const { return letters_.c_str(); }
  const option* table() const { return table_.data(); }
  // Of what getopt_long_only(3) returned.
  Line::Given given(int code, const char* value) const {
    const auto form = code >= first_form
                          ? forms_.begin() + (code - first_form)
                          : std::find_if(forms_.begin(), forms_.end(), [code](const Form& each) {
                              return each.spelling == std::string(1, static_cast<char>(code));
                            });
    return {form->option->name, value != nullptr ? value : "", form->negated};
  }

 private:
  static constexpr int first_form = 256;  // beyond every letter

  struct Form {
    std::string spelling;
    const Option* option = nullptr;
    bool negated = false;
  };

  void add(const Option& option) {
    forms_.push_back({std::string(option.name), &option, false});
    if (option.name.size() == 1) {
      letters_ += option.name;
      if (!option.value.empty()) letters_ += ':';
    }
    if (!option.negatable) return;
    for (const char* no : {"no", "no-"}) {
      forms_.push_back({no + std::string(option.name), &option, true});
    }
  }

  std::string letters_;
  std::vector<Form> forms_;
  std::vector<option> table_;
};

Failure usage_failure(const Program& program, const std::string& message) {
  return {program.usage_status, message + "; see '" + std::string(program.name) + " --help'"};
}

Result<Line> parse(const Program& program, std::span<const std::string> args) {
  const Syntax syntax(program);
  std::vector<std::string> texts = {std::string(program.name)};
  texts.insert(texts.end(), args.begin(), args.end());
  auto argv = argv_of(texts);
  const int argc = static_cast<int>(texts.size());
  Line line;
  optind = 0;  // begin anew
  opterr = 0;
  for (;;) {
    const int code =
        ::getopt_long_only(argc, argv.data(), syntax.letters(), syntax.table(), nullptr);
    if (code == -1) break;
    const std::string last = argv[static_cast<std::size_t>(std::max(optind - 1, 1))];
    if (code == ':') {
      return tl::make_unexpected(usage_failure(program, "the value of " + last + " is missing"));
    }
    if (code == '?') {
      return tl::make_unexpected(usage_failure(program, "there is no option " + last));
    }
    line.given.push_back(syntax.given(code, optarg));
  }
  line.words.assign(argv.begin() + optind, argv.begin() + argc);
  return line;
}

std::string help_line(const Option& option) {
  constexpr std::size_t column = 22;
  std::string text = option.name.size() == 1 ? "  -" : "  --";
  if (option.negatable) text += "[no]";
  text += option.name;
  if (!option.value.empty()) text += " " + std::string(option.value);
  if (text.size() + 2 < column) text.resize(column - 2, ' ');
  return text + "  " + std::string(option.help) + "\n";
}

std::string help(const Program& program) {
  std::string text = "Usage: " + std::string(program.name) + " [OPTIONS]";
  if (!program.words.empty()) text += " " + std::string(program.words);
  text += "\n\n";
  for (const auto& option : program.options) text += help_line(option);
  for (const auto& option : shared_options) text += help_line(option);
  return text;
}

Result<int> obey(const Program& program, const Line& line, const Streams& streams) {
  if (line.on("help")) {
    streams.out << help(program);
    return program.help_status;
  }
  if (line.on("version")) {
    streams.out << program.name << " (lockfs) " LOCKFS_VERSION "\n";
    return program.version_status;
  }
  return program.run(line, streams);
}

int report(const Program& program, const Failure& failure, const Streams& streams) {
  if (!failure.message.empty()) {
    streams.err << program.name << ": " << failure.message << std::endl;
  }
  return failure.status;
}

}  // namespace

std::optional<std::string> Line::value(std::string_view name) const {
  const auto all = values(name);
  if (all.empty()) return std::nullopt;
  return all.back();
}

std::vector<std::string> Line::values(std::string_view name) const {
  std::vector<std::string> found;
  for (const auto& each : given) {
    if (each.name == name) found.push_back(each.value);
  }
  return found;
}

bool Line::on(std::string_view name, bool by_default) const {
  bool result = by_default;
  for (const auto& each : given) {
    if (each.name == name) result = !each.negated;
  }
  return result;
}

std::span<const Option> common_options() { return shared_options; }

int perform(const Program& program, std::span<const std::string> args, const Streams& streams) {
  const auto status =
      parse(program, args).and_then([&](const Line& line) { return obey(program, line, streams); });
  streams.out.flush();
  if (!status) return report(program, status.error(), streams);
  if (streams.out) return *status;
  return report(program, {exit_status::io, "the output could not be written"}, streams);
}

}  // namespace lockfs::compat

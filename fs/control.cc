#include "fs/control.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <utility>

#include "fs/log.h"

namespace lockfs {

struct Control::Write {
  RequestId id = RequestId::none;
  HandleId handle = HandleId::none;
  Client client;
  std::vector<std::string> lines;
  std::uint32_t next = 0;
  std::function<void()> done = [] {};  // when all that it does is in the journal
};

namespace {

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    if (line.find_first_not_of(" \t\r") != std::string_view::npos) lines.emplace_back(line);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

command::Settled settled(Code code, std::string text) { return {{code, std::move(text)}}; }

Command reload_command(LoadedConfiguration loaded) {
  for (const auto& warning : loaded.warnings) spdlog::warn("{}", warning);
  if (loaded.errors.empty()) return command::Reload{std::move(loaded.policy)};
  std::string text = "the configuration in force stays:";
  for (const auto& error : loaded.errors) {
    spdlog::error("{}", error);
    text += "\n" + error;
  }
  return settled(Code::config, std::move(text));
}

}  // namespace

void Control::write(RequestId id, HandleId handle, const Client& client, std::string_view text) {
  auto write = std::make_shared<Write>(Write{id, handle, client, {}});
  if (text.size() > max_control_write) {
    write->lines = {std::string(text.substr(0, 60)) + "..."};
    return finish_line(write, settled(Code::syntax, "more than 4096 bytes in one write"));
  }
  write->lines = split_lines(text);
  if (write->lines.empty()) {
    write->lines = {""};
    return finish_line(write, settled(Code::ok, "nothing to do"));
  }
  if (service_.answer_again(id)) return;
  write->next = service_.engine().lines_done(id);
  next_line(write);
}

void Control::reload(std::function<void()> done) {
  const Client daemon{::geteuid(), ::getpid(), 0};
  start_reload(std::make_shared<Write>(
      Write{RequestId::none, HandleId::none, daemon, {"reload (SIGHUP)"}, 0, std::move(done)}));
}

void Control::reload(RequestId id, const Client& client) {
  start_reload(std::make_shared<Write>(
      Write{id, HandleId::none, client, {"reloadmutex (mutexdaemon)"}, 0, [] {}}));
}

void Control::next_line(const Writing& write) {
  if (write->next >= write->lines.size()) return;
  const auto parsed = parse_control_line(write->lines[write->next]);
  if (!may_give(*write, parsed)) {
    return finish_line(
        write, settled(Code::permission, "only root and members of admin_group may do this"));
  }
  if (const auto* fault = std::get_if<Outcome>(&parsed)) {
    return finish_line(write, command::Settled{*fault});
  }
  run(write, std::get<ControlLine>(parsed));
}

// Whose hold it is that is to be broken the engine sees.
bool Control::may_give(const Write& write, const ParsedControlLine& parsed) const {
  const auto* line = std::get_if<ControlLine>(&parsed);
  return service_.engine().may_command(write.client.uid) ||
         (line != nullptr && line->verb == ControlLine::Verb::break_hold);
}

void Control::run(const Writing& write, const ControlLine& line) {
  if (auto command = to_command(line)) return finish_line(write, std::move(*command));
  if (line.verb == ControlLine::Verb::reload) return start_reload(write);
  if (line.verb == ControlLine::Verb::upgrade) {
    upgrading_.push_back(write);
    return on_upgrade();
  }
  const bool known = set_log_level(line.argument);
  finish_line(write, known ? settled(Code::ok, "log level " + line.argument)
                           : settled(Code::syntax,
                                     "a log level is trace, debug, info, warning, error, critical "
                                     "or off"));
}

void Control::start_reload(const Writing& write) {
  on_reloading();
  const bool submitted = worker_.submit([this, write, settings = settings_]() -> Loop::Callback {
    auto loaded = load_configuration(settings.config_path, settings.lax_accounts);
    return [this, write, loaded = std::move(loaded)]() mutable {
      finish_reload(write, std::move(loaded));
    };
  });
  if (submitted) return;
  finish_line(write, settled(Code::unavailable, "too many commands are waiting"));
  write->done();
  on_reloaded();
}

void Control::finish_reload(const Writing& write, LoadedConfiguration loaded) {
  if (loaded.errors.empty()) loaded.errors = prepare_doors(loaded.policy.doors);
  finish_line(write, reload_command(std::move(loaded)));
  write->done();
  on_reloaded();
}

void Control::upgraded(const Outcome& outcome) {
  for (const auto& write : std::exchange(upgrading_, {})) {
    finish_line(write, command::Settled{outcome});
  }
}

void Control::finish_line(const Writing& write, Command command) {
  const std::uint32_t line = write->next++;
  const bool last = write->next >= write->lines.size();
  service_.post(event::Control{write->id, write->handle, write->client, line, last,
                               write->lines[line], std::move(command)});
  if (service_.engine().last_command().code == Code::ok) next_line(write);
}

std::string Control::read(HandleId handle) const {
  const Handle* open = service_.engine().find_handle(handle);
  const bool own = open != nullptr && !(open->extras->answer == Outcome{});
  const Outcome& outcome = own ? open->extras->answer : service_.engine().last_command();
  return std::string(to_string(outcome.code)) + " " + outcome.text + "\n";
}

}  // namespace lockfs

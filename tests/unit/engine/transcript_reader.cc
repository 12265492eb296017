#include "tests/unit/engine/transcript_reader.h"

#include <cstdint>
#include <stdexcept>
#include <utility>
#include <variant>

#include "core/command.h"
#include "core/config.h"
#include "core/description.h"
#include "core/note.h"

namespace lockfs {
namespace {

// cleaned|checked LOCK UNIT [WHAT FAILED]
Event hook_ended(const TranscriptLine& line) {
  const auto kind = line.word(0) == "checked" ? HookKind::check : HookKind::on_release;
  return event::HookEnded{{line.word(1), line.word(2)}, kind, line.text_behind(3)};
}

}  // namespace

Policy transcript_policy(const std::string& text) {
  Accounts accounts;
  accounts.groups = {{"lab", {2001, {1001, 1002}}}, {"wheel", {2002, {1003}}}};
  accounts.users = TranscriptNames::users();
  const auto parsed = parse_config(text);
  const auto resolved = resolve_policy(parsed.config, accounts, false);
  if (!parsed.errors.empty() || !resolved.errors.empty()) {
    throw std::runtime_error("bad configuration:\n" + text);
  }
  return resolved.policy;
}

Event TranscriptReader::event(const TranscriptLine& line, const std::string& below) {
  const std::string& verb = line.word(0);
  if (verb == "open" || verb == "create") return opening(line);
  if (verb == "lock") {
    return event::Acquire{request(line),       handle(line),  owner(line),  line.mode(),
                          !line.has("nowait"), line.thread(), line.asker(), line.bytes()};
  }
  if (verb == "unlock") {
    return event::Release{request(line), handle(line), owner(line), line.thread(), line.bytes()};
  }
  if (verb == "close") return event::Close{handle(line)};
  if (verb == "rm") {
    return event::Unlink{names_.add_request("rm"), line.word(2),
                         TranscriptNames::users().at(line.word(1))};
  }
  if (verb == "ctl") return control(line);
  if (verb == "reload") {
    return command("root", "reload", command::Reload{transcript_policy(below)});
  }
  if (verb == "reconnect") return reconnect(line);
  if (verb == "descends") return descends(line);
  if (verb == "stop") return event::Stop{};
  if (verb == "note") return note(line);
  if (verb == "cleaned" || verb == "checked") return hook_ended(line);
  if (verb == "later") return event::Tick{};
  if (verb == "died") return process_died(line);
  if (verb == "connect") return connecting(line);
  if (verb == "hang_up") return event::Disconnected{names_.connection(line.word(1))};
  if (verb == "say") return saying(line);
  const RequestId id = names_.latest_request(line.label());
  if (verb == "cancel") return event::Cancel{id};
  if (verb == "undelivered") return event::Undelivered{id};
  throw std::runtime_error("no such command: " + line.text());
}

event::Acquire TranscriptReader::question(const TranscriptLine& line) const {
  return {RequestId::none, handle(line),  owner(line),  line.mode(),
          false,           line.thread(), line.asker(), line.bytes()};
}

OwnerKey TranscriptReader::owner(const TranscriptLine& line) const {
  const Handle& opened = *engine_.find_handle(handle(line));
  const std::string process = line.option("process");
  if (!process.empty()) return {Via::fcntl, opened.node, std::stoull(process)};
  return {Via::flock, opened.node, static_cast<std::uint64_t>(opened.id)};
}

// The name has a node: whoever plays the line sees to that.
Event TranscriptReader::opening(const TranscriptLine& line) {
  names_.add_opener(line.word(1));
  const Client by = names_.client(line.word(2));
  const RequestId id = names_.add_request(line.word(1));
  if (line.word(0) == "create") return event::Create{id, line.word(3), by};
  return event::Open{id, FileKind::lock, engine_.find_node(line.word(3)).value(), by};
}

// note HANDLE TEXT, or note HANDLE as OTHER TEXT: the writer is who holds through that other one.
Event TranscriptReader::note(const TranscriptLine& line) {
  event::Note event{request(line), handle(line), {}, {}};
  const bool other = line.word(2) == "as";
  event.text = note_of(line.text_behind(other ? 4 : 2));
  if (!other) return event;
  auto description = describe(engine_);
  for_each_claim(description, [&](const ClaimView& claim) {
    if (claim.client.thread == names_.opener(line.word(3))) event.holds.push_back(claim.ticket);
  });
  return event;
}

Event TranscriptReader::control(const TranscriptLine& line) {
  const std::string& user = line.word(1);
  const std::string& words = line.word(2);
  const auto parsed = parse_control_line(line.text_behind(2));
  if (const auto* failed = std::get_if<Outcome>(&parsed)) {
    return command(user, words, command::Settled{*failed});
  }
  return command(user, words, to_command(std::get<ControlLine>(parsed)).value());
}

Event TranscriptReader::command(const std::string& user, const std::string& words,
                                Command command) {
  event::Control event;
  event.id = names_.add_request(words);
  event.client = names_.client(user);
  event.words = words;
  event.command = std::move(command);
  return event;
}

Event TranscriptReader::reconnect(const TranscriptLine& line) const {
  event::Reconnect event;
  for (std::size_t i = 1; i < line.words().size(); ++i) {
    event.again.push_back(names_.latest_request(line.word(i)));
  }
  return event;
}

Event TranscriptReader::descends(const TranscriptLine& line) const {
  event::Lineage event{names_.latest_request(line.word(1)), {}};
  for (std::size_t i = 1; i < line.words().size(); ++i) {
    event.processes.push_back({names_.opener(line.word(i)), 0});
  }
  return event;
}

// The process of one of the remote holders, by its host and id; of none: nothing is said.
Event TranscriptReader::process_died(const TranscriptLine& line) const {
  for (const auto& [handle, party] : engine_.remotes().parties()) {
    if (party.process_host == line.word(1) && party.process == std::stoi(line.word(2))) {
      return event::ProcessDied{handle};
    }
  }
  return event::Tick{};
}

Event TranscriptReader::connecting(const TranscriptLine& line) {
  const ConnectionId id = names_.add_connection(line.word(1));
  Peer peer;
  if (line.has("boards")) peer.protocol = Protocol::mutexdaemon;
  if (line.words().size() > 2) {
    peer.uid = TranscriptNames::users().at(line.word(2));
  } else {
    peer.host = "10.0.0." + std::to_string(static_cast<std::uint64_t>(id));
  }
  return event::Connected{id, peer};
}

Event TranscriptReader::saying(const TranscriptLine& line) const {
  const std::string& name = line.word(1);
  std::string text = line.text_behind(2);
  for (auto at = text.find(" | "); at != std::string::npos; at = text.find(" | ")) {
    text.replace(at, 3, "\n");
  }
  return event::Received{names_.connection(name), text + "\n"};
}

}  // namespace lockfs

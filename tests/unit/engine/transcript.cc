#include "tests/unit/engine/transcript.h"

#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "core/engine.h"
#include "core/note.h"
#include "core/table_view.h"

namespace lockfs {
namespace {

using Words = std::vector<std::string>;

Words split(const std::string& line) {
  std::istringstream in(line);
  Words words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

std::string in_words(Reason reason) {
  switch (reason) {
    case Reason::none:
      return "done";
    case Reason::would_block:
      return "would block";
    case Reason::interrupted:
      return "interrupted";
    case Reason::permission:
      return "may not lock this";
    case Reason::not_allowed:
      return "not allowed";
    case Reason::gone:
      return "gone";
    case Reason::unknown:
      return "unknown";
    case Reason::stale:
      return "stale";
    case Reason::invalid:
      return "invalid";
    case Reason::busy:
      return "busy";
    case Reason::too_many_opens:
      return "too many opens";
    case Reason::limit:
      return "limit reached";
    case Reason::deadlock:
      return "deadlock";
    case Reason::shutting_down:
      return "shutting down";
    case Reason::replaced:
      return "replaced";
  }
  return "";
}

std::string minutes(WallTime now) {
  const auto two = [](WallTime value) { return (value < 10 ? "0" : "") + std::to_string(value); };
  return two(now / 60) + ":" + two(now % 60);
}

const std::map<std::string, uid_t> users = {
    {"root", 0}, {"alice", 1001}, {"bob", 1002}, {"carol", 1003}};

std::string user_name(uid_t uid) {
  for (const auto& [name, id] : users) {
    if (id == uid) return name;
  }
  return std::to_string(uid);
}

Policy read_policy(const std::string& text) {
  Accounts accounts;
  accounts.groups = {{"lab", {2001, {1001, 1002}}}, {"wheel", {2002, {1003}}}};
  accounts.users = users;
  const auto parsed = parse_config(text);
  const auto resolved = resolve_policy(parsed.config, accounts, false);
  if (!parsed.errors.empty() || !resolved.errors.empty()) {
    throw std::runtime_error("bad configuration:\n" + text);
  }
  return resolved.policy;
}

class Player {
 public:
  // One command, with the lines below it; what came of it.
  std::string run(const std::string& line, const std::string& text) {
    const Words words = split(line);
    const std::string& verb = words.at(0);
    if (verb == "start") {
      engine_ = std::make_unique<Engine>(read_policy(text), ++now_);
      return "";
    }
    if (verb == "show") return show();
    if (verb == "open" && node(words.at(3)) == NodeId::none) {
      return words[1] + ": no such name\n";
    }
    if (verb == "again") return again(label(words));
    if (verb == "probe") return probe(words);
    if (verb == "later") now_ += span(words.at(1)) - 1;
    std::string result = apply(event(words, line, text));
    if (!has(words, "unsent")) send();
    for (std::string more = hear(); !more.empty(); more = hear()) result += more;
    return result;
  }

 private:
  struct Opened {
    HandleId id = HandleId::none;
    pid_t opener = 0;
  };

  RequestId request(const std::string& label) {
    const RequestId id{++last_request_};
    labels_[id] = label;
    latest_[label] = id;
    return id;
  }

  // The value behind a word such as `thread`.
  static std::string option(const Words& words, const std::string& name) {
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
      if (words[i] == name) return words[i + 1];
    }
    return {};
  }
  static bool has(const Words& words, const std::string& name) {
    for (const auto& word : words) {
      if (word == name) return true;
    }
    return false;
  }
  // A number, or with a unit a time as in the configuration.
  static WallTime span(const std::string& word) {
    const auto duration = parse_duration(word);
    const bool has_unit = std::isalpha(static_cast<unsigned char>(word.back())) != 0;
    return has_unit ? std::chrono::nanoseconds(duration.value()).count() : std::stoll(word);
  }
  static pid_t thread(const Words& words) {
    const std::string number = option(words, "thread");
    return number.empty() ? 1 : std::stoi(number);
  }
  static std::string label(const Words& words) {
    const std::string number = option(words, "thread");
    return words.at(1) + (number.empty() ? "" : "/" + number);
  }

  NodeId node(const std::string& name) {
    if (!engine_->find_node(name)) {
      Effects unseen;
      engine_->apply(now_, event::Intern{name}, unseen);
    }
    return engine_->find_node(name).value_or(NodeId::none);
  }
  static Mode mode(const Words& words) {
    return words.at(2) == "ex" ? Mode::exclusive : Mode::shared;
  }
  HandleId handle(const Words& words) { return handles_.at(words.at(1)).id; }
  OwnerKey owner(const Words& words) {
    const Handle& handle = *engine_->find_handle(handles_.at(words.at(1)).id);
    const std::string process = option(words, "process");
    if (!process.empty()) return {Via::fcntl, handle.node, std::stoull(process)};
    return {Via::flock, handle.node, static_cast<std::uint64_t>(handle.id)};
  }
  // A process lives from the start, and asks once.
  static Asker asker(const Words& words) {
    const std::string number = option(words, "process") + option(words, "by");
    return number.empty() ? Asker{} : Asker{std::stoi(number), 2, 1};
  }
  static ByteRange bytes(const Words& words) {
    for (std::size_t i = 0; i + 2 < words.size(); ++i) {
      if (words[i] == "bytes") return {std::stoull(words[i + 1]), std::stoull(words[i + 2])};
    }
    return {};
  }
  Client client(const std::string& user) { return {users.at(user), last_opener_, 0}; }

  Event event(const Words& words, const std::string& line, const std::string& text) {
    const std::string& verb = words[0];
    if (verb == "open" || verb == "create") return opening(words);
    if (verb == "lock") {
      return event::Acquire{request(label(words)), handle(words), owner(words), mode(words),
                            !has(words, "nowait"), thread(words), asker(words), bytes(words)};
    }
    if (verb == "unlock") {
      return event::Release{request(label(words)), handle(words), owner(words), thread(words),
                            bytes(words)};
    }
    if (verb == "close") return event::Close{handle(words)};
    if (verb == "rm") {
      return event::Unlink{request("rm"), words.at(2), users.at(words.at(1))};
    }
    if (verb == "ctl")
      return control(words.at(1), line.substr(line.find(words.at(1)) + words[1].size()));
    if (verb == "reload") return command("root", "reload", command::Reload{read_policy(text)});
    if (verb == "reconnect") return reconnect(words);
    if (verb == "descends") return descends(words);
    if (verb == "stop") return event::Stop{};
    if (verb == "note") return note(words, line);
    if (verb == "cleaned" || verb == "checked") return hook_ended(words, line);
    if (verb == "later") return event::Tick{};
    if (verb == "died") return process_died(words);
    if (verb == "connect") return connecting(words);
    if (verb == "hang_up") return event::Disconnected{connections_.at(words.at(1))};
    if (verb == "say") return saying(words.at(1), line);
    const RequestId id = latest_.at(label(words));
    if (verb == "cancel") return event::Cancel{id};
    if (verb == "undelivered") return event::Undelivered{id};
    throw std::runtime_error("no such command: " + line);
  }

  // note HANDLE TEXT, or note HANDLE as OTHER TEXT: the writer is who holds through that other one.
  Event note(const Words& words, const std::string& line) {
    event::Note event{request(label(words)), handle(words), {}, {}};
    const bool other = words.at(2) == "as";
    const std::string& before = words.at(other ? 3 : 1);
    event.text = note_of(line.substr(line.find(" " + before) + 1 + before.size()));
    if (!other) return event;
    auto description = lockfs::describe(*engine_);
    for_each_claim(description, [&](const ClaimView& claim) {
      if (claim.client.thread == handles_.at(before).opener) event.holds.push_back(claim.ticket);
    });
    return event;
  }

  // cleaned|checked LOCK UNIT [WHAT FAILED]
  static Event hook_ended(const Words& words, const std::string& line) {
    const auto kind = words[0] == "checked" ? HookKind::check : HookKind::on_release;
    event::HookEnded event{{words.at(1), words.at(2)}, kind, {}};
    const std::string place = words[1] + " " + words[2] + " ";
    if (words.size() > 3) event.failure = line.substr(line.find(place) + place.size());
    return event;
  }

  Event connecting(const Words& words) {
    const ConnectionId id{++last_connection_};
    connections_[words.at(1)] = id;
    Peer peer;
    if (has(words, "boards")) peer.protocol = Protocol::mutexdaemon;
    if (words.size() > 2) {
      peer.uid = users.at(words[2]);
    } else {
      peer.host = "10.0.0." + std::to_string(last_connection_);
    }
    return event::Connected{id, peer};
  }

  Event saying(const std::string& name, const std::string& line) {
    const auto begin = line.find(name, 3) + name.size() + 1;
    std::string text = begin < line.size() ? line.substr(begin) : std::string();
    for (auto at = text.find(" | "); at != std::string::npos; at = text.find(" | ")) {
      text.replace(at, 3, "\n");
    }
    return event::Received{connections_.at(name), text + "\n"};
  }

  // What the engine has for those who are connected, written at once.
  std::string hear() {
    std::string text;
    for (const auto& [name, id] : connections_) {
      const Connection* connection = engine_->find_connection(id);
      if (connection == nullptr) continue;
      const bool closing = connection->closing;
      std::istringstream lines(connection->output);
      for (std::string line; std::getline(lines, line);) text += name + "> " + line + "\n";
      const auto size = static_cast<std::uint32_t>(connection->output.size());
      if (size > 0) engine_->apply(now_, event::Written{id, size}, unheard_);
      if (!closing) continue;
      text += name + ": closed\n";
      engine_->apply(now_, event::Disconnected{id}, unheard_);
    }
    return text;
  }

  Event opening(const Words& words) {
    handles_[words.at(1)].opener = ++last_opener_;
    const Client by = client(words.at(2));
    if (words[0] == "create") return event::Create{request(words[1]), words.at(3), by};
    const NodeId opened = node(words.at(3));
    return event::Open{request(words[1]), FileKind::lock, opened, by};
  }

  // The process of one of the remote holders, by its host and id; of none: nothing is said.
  Event process_died(const Words& words) {
    for (const auto& [handle, party] : engine_->remotes().parties()) {
      if (party.process_host == words.at(1) && party.process == std::stoi(words.at(2))) {
        return event::ProcessDied{handle};
      }
    }
    return event::Tick{};
  }
  Event command(const std::string& user, const std::string& words, Command command) {
    event::Control event;
    event.id = request(words);
    event.client = client(user);
    event.words = words;
    event.command = std::move(command);
    return event;
  }
  Event control(const std::string& user, const std::string& line) {
    const auto parsed = parse_control_line(line);
    const std::string words = split(line).at(0);
    if (const auto* failed = std::get_if<Outcome>(&parsed)) {
      return command(user, words, command::Settled{*failed});
    }
    return command(user, words, to_command(std::get<ControlLine>(parsed)).value());
  }

  Event reconnect(const Words& words) {
    event::Reconnect event;
    for (std::size_t i = 1; i < words.size(); ++i) event.again.push_back(latest_.at(words[i]));
    return event;
  }

  Event descends(const Words& words) {
    event::Lineage event{latest_.at(words.at(1)), {}};
    for (std::size_t i = 1; i < words.size(); ++i) {
      event.processes.push_back({handles_.at(words[i]).opener, 0});
    }
    return event;
  }

  std::string apply(const Event& event) {
    effects_ = {};
    engine_->apply(++now_, event, effects_);
    engine_->check();
    std::string text;
    for (const auto& notice : effects_.notices) text += describe(effects_.told(notice));
    for (const auto& answer : effects_.answers) text += describe(answer);
    const RequestId asked{last_request_};
    if (std::holds_alternative<event::Acquire>(event) && engine_->is_waiting(asked)) {
      text += labels_.at(asked) + ": waits\n";
    }
    return text;
  }
  void send() {
    Effects none;
    for (const auto& answer : effects_.answers) engine_->apply(now_, event::Sent{answer.id}, none);
  }

  std::string describe(const NoticeText& told) {
    switch (told.notice.kind) {
      case NoticeKind::created:
        return "lock " + std::string(told.lock()) + " is made\n";
      case NoticeKind::removed:
        return "lock " + std::string(told.lock()) + " goes\n";
      case NoticeKind::command:
        return std::string(to_string(told.notice.code)) + " " +
               std::string(told.of(told.notice.answer)) + "\n";
      case NoticeKind::broken:
        return opener(told.notice.client) + " loses " + std::string(told.lock()) + ", by " +
               user_name(told.notice.by.value_or(0)) + with_words(told) + "\n";
      case NoticeKind::overdue:
        return opener(told.notice.client) + " is overdue at " + std::string(told.lock()) +
               with_words(told) + "\n";
      case NoticeKind::cleaning:
      case NoticeKind::cleaned:
      case NoticeKind::offline:
      case NoticeKind::online:
        return std::string(told.lock()) + " " + std::string(told.unit()) + " is " +
               std::string(to_string(told.notice.kind)) + with_words(told) + "\n";
      case NoticeKind::deadlock:
        return opener(told.notice.client) + ": deadlock at " + std::string(told.lock()) + " " +
               std::string(told.of(told.notice.answer)) + "\n";
      default:
        return "";
    }
  }
  static std::string with_words(const NoticeText& told) {
    const auto words = told.of(told.notice.words);
    return words.empty() ? "" : ": " + std::string(words);
  }

  std::string describe(const Answer& answer) {
    const std::string& label = labels_.at(answer.id);
    if (answer.node != NodeId::none) {
      handles_[label].id = answer.handle;
      return label + ": open\n";
    }
    if (answer.token != 0) return label + ": granted, token " + std::to_string(answer.token) + "\n";
    return label + ": " + in_words(answer.reason) + "\n";
  }

  std::string again(const std::string& label) {
    const RequestId id = latest_.at(label);
    if (engine_->is_waiting(id)) return label + ": waits\n";
    const Answer* kept = engine_->kept_answer(id);
    return kept == nullptr ? label + ": no answer is kept\n" : "kept " + describe(*kept);
  }

  std::string probe(const Words& words) {
    const Claim* claim = nullptr;
    const Reason reason = engine_->probe({RequestId::none, handle(words), owner(words), mode(words),
                                          false, thread(words), asker(words), bytes(words)},
                                         claim);
    engine_->check();
    std::string text = words[1] + ": " + in_words(reason);
    if (claim != nullptr) text += ", because of " + opener(claim->client);
    return text + "\n";
  }

  std::string opener(const Client& client) {
    for (const auto& [label, opened] : handles_) {
      if (opened.opener == client.thread) return label;
    }
    return "nobody";
  }

  std::string show() {
    auto description = lockfs::describe(*engine_);
    for_each_mark(description, [&](MarkView& mark) { mark.user = user_name(mark.mark.by); });
    for_each_claim(description, [&](ClaimView& claim) {
      claim.user = claim.remote ? claim.remote->user : user_name(claim.client.uid);
      claim.pid = claim.client.thread;
      if (claim.remote) claim.host = claim.remote->host;
      for (const auto& [label, opened] : handles_) {
        if (opened.opener == claim.client.thread) claim.command = label;
      }
    });
    return render_table(description, minutes);
  }

  std::unique_ptr<Engine> engine_;
  Effects effects_;
  WallTime now_ = 0;
  std::uint64_t last_request_ = 0;
  pid_t last_opener_ = 0;
  std::map<std::string, Opened> handles_;
  std::map<std::string, ConnectionId> connections_;
  std::uint64_t last_connection_ = 0;
  Effects unheard_;
  std::map<RequestId, std::string> labels_;
  std::map<std::string, RequestId> latest_;
};

// A line that stands below a command and belongs to it.
bool is_text(const std::string& line) {
  return line[0] == '[' || line.find(" = ") != std::string::npos;
}

}  // namespace

std::string play_transcript(const std::string& text) {
  Player player;
  std::istringstream in(text);
  std::string out;
  std::vector<std::string> block;
  const auto play = [&] {
    std::string results;
    for (std::size_t i = 0; i < block.size();) {
      const std::string command = block[i++];
      std::string below;
      for (; i < block.size() && is_text(block[i]); ++i) below += block[i] + "\n";
      results += player.run(command, below);
    }
    block.clear();
    out += "----\n" + results;
  };
  bool expected = false;
  for (std::string line; std::getline(in, line);) {
    if (line == "----") {
      play();
      expected = true;
    } else if (line.empty()) {
      expected = false;
      out += "\n";
    } else if (!expected) {
      if (line[0] != '#') block.push_back(line);
      out += line + "\n";
    }
  }
  if (!block.empty()) throw std::runtime_error("the transcript ends without ----");
  return out;
}

}  // namespace lockfs

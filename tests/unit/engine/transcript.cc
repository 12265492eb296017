#include "tests/unit/engine/transcript.h"

#include <cstdint>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <variant>
#include <vector>

#include "core/engine.h"
#include "tests/unit/engine/transcript_line.h"
#include "tests/unit/engine/transcript_names.h"
#include "tests/unit/engine/transcript_reader.h"
#include "tests/unit/engine/transcript_teller.h"

namespace lockfs {
namespace {

class Player {
 public:
  // One command, with the lines below it; what came of it.
  std::string run(const TranscriptLine& line, const std::string& below) {
    const std::string& verb = line.word(0);
    if (verb == "start") {
      engine_ = std::make_unique<Engine>(transcript_policy(below), ++now_);
      return "";
    }
    if (verb == "show") return teller_.tell_status(*engine_);
    if (verb == "open" && node(line.word(3)) == NodeId::none) {
      return line.word(1) + ": no such name\n";
    }
    if (verb == "again") return again(line.label());
    if (verb == "probe") return probe(line);
    if (verb == "later") now_ += line.span() - 1;
    std::string result = apply(TranscriptReader(*engine_, names_).event(line, below));
    if (!line.has("unsent")) send();
    for (std::string more = hear(); !more.empty(); more = hear()) result += more;
    return result;
  }

 private:
  NodeId node(const std::string& name) {
    if (!engine_->find_node(name)) {
      Effects unseen;
      engine_->apply(now_, event::Intern{name}, unseen);
    }
    return engine_->find_node(name).value_or(NodeId::none);
  }

  std::string apply(const Event& event) {
    effects_ = {};
    engine_->apply(++now_, event, effects_);
    engine_->check();
    std::string text;
    for (const auto& notice : effects_.notices) text += teller_.tell(effects_.told(notice));
    for (const auto& answer : effects_.answers) text += tell(answer);
    const RequestId asked = names_.last_request();
    if (std::holds_alternative<event::Acquire>(event) && engine_->is_waiting(asked)) {
      text += names_.label(asked) + ": waits\n";
    }
    return text;
  }
  std::string tell(const Answer& answer) {
    names_.learn(answer);
    return teller_.tell(answer);
  }
  void send() {
    Effects none;
    for (const auto& answer : effects_.answers) engine_->apply(now_, event::Sent{answer.id}, none);
  }

  // What the engine has for those who are connected, written at once.
  std::string hear() {
    std::string text;
    for (const auto& [name, id] : names_.connections()) {
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

  std::string again(const std::string& label) {
    const RequestId id = names_.latest_request(label);
    if (engine_->is_waiting(id)) return label + ": waits\n";
    const Answer* kept = engine_->kept_answer(id);
    return kept == nullptr ? label + ": no answer is kept\n" : "kept " + tell(*kept);
  }

  std::string probe(const TranscriptLine& line) {
    const Claim* claim = nullptr;
    const Reason reason = engine_->probe(TranscriptReader(*engine_, names_).question(line), claim);
    engine_->check();
    return teller_.tell_probe(line.word(1), reason, claim);
  }

  std::unique_ptr<Engine> engine_;
  TranscriptNames names_;
  TranscriptTeller teller_{names_};
  WallTime now_ = 0;
  Effects effects_;
  Effects unheard_;
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
      results += player.run(TranscriptLine(command), below);
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

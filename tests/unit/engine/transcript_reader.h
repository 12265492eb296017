// What a transcript's lines say to the engine, as events.
#pragma once

#include <string>

#include "core/engine.h"
#include "tests/unit/engine/transcript_line.h"
#include "tests/unit/engine/transcript_names.h"

namespace lockfs {

// A configuration, for the users whom transcripts know.
Policy transcript_policy(const std::string& text);

class TranscriptReader {
 public:
  // The engine is only asked. What gets a name goes into `names`.
  TranscriptReader(Engine& engine, TranscriptNames& names) : engine_(engine), names_(names) {}

  // `below`: the lines that stand below it and belong to it.
  Event event(const TranscriptLine& line, const std::string& below);
  // What a probe is about.
  event::Acquire question(const TranscriptLine& line) const;

 private:
  RequestId request(const TranscriptLine& line) { return names_.add_request(line.label()); }
  HandleId handle(const TranscriptLine& line) const { return names_.handle(line.word(1)); }
  OwnerKey owner(const TranscriptLine& line) const;

  Event opening(const TranscriptLine& line);
  Event note(const TranscriptLine& line);
  Event control(const TranscriptLine& line);
  Event command(const std::string& user, const std::string& words, Command command);
  Event reconnect(const TranscriptLine& line) const;
  Event descends(const TranscriptLine& line) const;
  Event process_died(const TranscriptLine& line) const;
  Event connecting(const TranscriptLine& line);
  Event saying(const TranscriptLine& line) const;

  Engine& engine_;
  TranscriptNames& names_;
};

}  // namespace lockfs

// Tells what came out of the engine, in a transcript's words.
#pragma once

#include <string>

#include "core/engine.h"
#include "tests/unit/engine/transcript_names.h"

namespace lockfs {

class TranscriptTeller {
 public:
  explicit TranscriptTeller(const TranscriptNames& names) : names_(names) {}

  // Lines, each with its end; none of a notice that transcripts do not show.
  std::string tell(const NoticeText& told) const;
  std::string tell(const Answer& answer) const;
  // `claim`: because of whom; nullptr: nobody.
  std::string tell_probe(const std::string& handle, Reason reason, const Claim* claim) const;
  // The status table.
  std::string tell_status(const Engine& engine) const;

 private:
  std::string opener(const Client& client) const;

  const TranscriptNames& names_;
};

}  // namespace lockfs

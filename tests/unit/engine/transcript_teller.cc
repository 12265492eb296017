#include "tests/unit/engine/transcript_teller.h"

#include <algorithm>

#include "core/description.h"
#include "core/reason.h"
#include "core/table_view.h"

namespace lockfs {
namespace {

std::string in_words(Reason reason) {
  if (reason == Reason::none) return "done";
  if (reason == Reason::permission) return "may not lock this";
  if (reason == Reason::limit) return "limit reached";
  std::string words(to_string(reason));
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

std::string minutes(WallTime now) {
  const auto two = [](WallTime value) { return (value < 10 ? "0" : "") + std::to_string(value); };
  return two(now / 60) + ":" + two(now % 60);
}

std::string with_words(const NoticeText& told) {
  const auto words = told.of(told.notice.words);
  return words.empty() ? "" : ": " + std::string(words);
}

}  // namespace

std::string TranscriptTeller::tell(const NoticeText& told) const {
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
             TranscriptNames::user_name(told.notice.by.value_or(0)) + with_words(told) + "\n";
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

std::string TranscriptTeller::tell(const Answer& answer) const {
  const std::string& label = names_.label(answer.id);
  if (answer.node != NodeId::none) return label + ": open\n";
  if (answer.token != 0) return label + ": granted, token " + std::to_string(answer.token) + "\n";
  return label + ": " + in_words(answer.reason) + "\n";
}

std::string TranscriptTeller::tell_probe(const std::string& handle, Reason reason,
                                         const Claim* claim) const {
  std::string text = handle + ": " + in_words(reason);
  if (claim != nullptr) text += ", because of " + opener(claim->client);
  return text + "\n";
}

std::string TranscriptTeller::tell_status(const Engine& engine) const {
  auto description = describe(engine);
  for_each_mark(description,
                [&](MarkView& mark) { mark.user = TranscriptNames::user_name(mark.mark.by); });
  for_each_claim(description, [&](ClaimView& claim) {
    claim.user = claim.remote ? claim.remote->user : TranscriptNames::user_name(claim.client.uid);
    claim.pid = claim.client.thread;
    if (claim.remote) claim.host = claim.remote->host;
    if (const auto handle = names_.handle_of(claim.client)) claim.command = *handle;
  });
  return render_table(description, minutes);
}

std::string TranscriptTeller::opener(const Client& client) const {
  return names_.handle_of(client).value_or("nobody");
}

}  // namespace lockfs

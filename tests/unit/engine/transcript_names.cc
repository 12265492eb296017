#include "tests/unit/engine/transcript_names.h"

namespace lockfs {

const std::map<std::string, uid_t>& TranscriptNames::users() {
  static const std::map<std::string, uid_t> all = {
      {"root", 0}, {"alice", 1001}, {"bob", 1002}, {"carol", 1003}};
  return all;
}

std::string TranscriptNames::user_name(uid_t uid) {
  for (const auto& [name, id] : users()) {
    if (id == uid) return name;
  }
  return std::to_string(uid);
}

RequestId TranscriptNames::add_request(const std::string& label) {
  const RequestId id{++last_request_};
  labels_[id] = label;
  latest_[label] = id;
  return id;
}

ConnectionId TranscriptNames::add_connection(const std::string& name) {
  const ConnectionId id{++last_connection_};
  connections_[name] = id;
  return id;
}

void TranscriptNames::learn(const Answer& answer) {
  if (answer.node != NodeId::none) handles_[label(answer.id)].id = answer.handle;
}

std::optional<std::string> TranscriptNames::handle_of(const Client& client) const {
  for (const auto& [name, opened] : handles_) {
    if (opened.opener == client.thread) return name;
  }
  return std::nullopt;
}

}  // namespace lockfs

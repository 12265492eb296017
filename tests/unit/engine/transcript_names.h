// What the names in a transcript stand for: users, descriptors, requests and connections.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "core/claim.h"
#include "core/effect.h"
#include "core/types.h"

namespace lockfs {

class TranscriptNames {
 public:
  static const std::map<std::string, uid_t>& users();
  // Of one who has no name: the number.
  static std::string user_name(uid_t uid);

  // A new one of this name.
  RequestId add_request(const std::string& label);
  ConnectionId add_connection(const std::string& name);
  void add_opener(const std::string& handle) { handles_[handle].opener = ++last_opener_; }
  // The descriptor that was asked for by this name, if the answer has one.
  void learn(const Answer& answer);

  // What has this name; throws if nothing has.
  HandleId handle(const std::string& name) const { return handles_.at(name).id; }
  pid_t opener(const std::string& handle) const { return handles_.at(handle).opener; }
  RequestId latest_request(const std::string& label) const { return latest_.at(label); }
  ConnectionId connection(const std::string& name) const { return connections_.at(name); }
  // A user, as the thread that opened last.
  Client client(const std::string& user) const { return {users().at(user), last_opener_, 0}; }

  const std::string& label(RequestId id) const { return labels_.at(id); }
  // Of the descriptor that this client opened.
  std::optional<std::string> handle_of(const Client& client) const;
  RequestId last_request() const { return RequestId{last_request_}; }
  const std::map<std::string, ConnectionId>& connections() const { return connections_; }

 private:
  struct Opened {
    HandleId id = HandleId::none;
    pid_t opener = 0;
  };

  std::uint64_t last_request_ = 0;
  pid_t last_opener_ = 0;
  std::uint64_t last_connection_ = 0;
  std::map<std::string, Opened> handles_;
  std::map<std::string, ConnectionId> connections_;
  std::map<RequestId, std::string> labels_;
  std::map<std::string, RequestId> latest_;
};

}  // namespace lockfs

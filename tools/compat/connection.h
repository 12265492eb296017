// One TCP or Unix stream connection to a server that may be slow, gone or hostile: no call outlives
// its deadline.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "fs/descriptor.h"
#include "tools/failure.h"

namespace lockfs::compat {

using Deadline = std::optional<std::chrono::steady_clock::time_point>;  // absent: none

// Failure statuses here are errnos; ETIMEDOUT: the deadline came.
class Connection {
 public:
  // TCP over IPv4 to a host; `port` is a number.
  static Result<Connection> to_host(const std::string& host, const std::string& port,
                                    const Deadline& deadline);
  static Result<Connection> to_socket(const std::string& path, const Deadline& deadline);

  Result<void> send(std::string_view bytes, const Deadline& deadline);
  // Empty: end of file.
  Result<std::string> receive(const Deadline& deadline);

 private:
  explicit Connection(Descriptor fd) : fd_(std::move(fd)) {}
  Result<void> wait(short events, const Deadline& deadline) const;
  static Result<Connection> connect(Descriptor fd, const void* address, unsigned size,
                                    const std::string& name, const Deadline& deadline);

  Descriptor fd_;
};

}  // namespace lockfs::compat

// Asks pidstatd on another host whether a process exists. One thread.
//
// The socket is connected, so the kernel drops what comes from elsewhere; of the rest only an
// answer to the question that was asked is believed.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "core/pidstat.h"
#include "fs/descriptor.h"
#include "tools/failure.h"

namespace lockfs::compat {

class PidstatClient {
 public:
  static constexpr int tries = 5;
  static constexpr std::chrono::milliseconds interval{1000};

  // Resolves the host. Failure statuses are errnos.
  static Result<PidstatClient> to(const std::string& host, std::uint16_t port);

  // Asks until there is an answer, `tries` times at most; nothing if there is none, at once if
  // nobody listens there.
  std::optional<PidState> ask(const PidQuestion& question);

  // For those who wait for more than this socket.
  int fd() const { return fd_.get(); }
  bool send(const PidQuestion& question);
  // The next answer to this question that is there already.
  std::optional<PidState> receive(const PidQuestion& question);

 private:
  explicit PidstatClient(Descriptor fd) : fd_(std::move(fd)) {}

  Descriptor fd_;
  bool refused_ = false;
};

// PORT of the command line, else the service's, else pidstatd's own; 0 if it is none.
std::uint16_t pidstatd_port(const std::optional<std::string>& asked);

}  // namespace lockfs::compat

// Asks pidstatd on another host whether a process exists. One thread; blocks.
//
// The socket is connected, so the kernel drops what comes from elsewhere; of the rest only an
// answer to the question that was asked is believed.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "core/pidstat.h"
#include "fs/descriptor.h"

namespace lockfs {

class PidstatClient {
 public:
  static constexpr int tries = 5;
  static constexpr std::chrono::milliseconds interval{1000};

  // Resolves the host, which may take its time; else the sentence that says why not.
  static tl::expected<PidstatClient, std::string> to(const std::string& host, std::uint16_t port);

  // Asks until there is an answer, `tries` times at most; nothing if there is none, at once if
  // nobody listens there.
  std::optional<PidState> ask(const PidQuestion& question);

  // Several at once, once each; who has not answered within `patience` has no state.
  struct Asked;
  static void ask_all(std::vector<Asked>& asked, std::chrono::milliseconds patience);

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

struct PidstatClient::Asked {
  PidstatClient client;
  PidQuestion question;
  std::optional<PidState> state;
};

// PORT of the command line, else the service's, else pidstatd's own; 0 if it is none.
std::uint16_t pidstatd_port(const std::optional<std::string>& asked);

// A question about that process whose answer only the one who was asked can know: the HOST that is
// to be echoed is a secret.
PidQuestion secret_question(pid_t pid);

}  // namespace lockfs

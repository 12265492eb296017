// pidstatd's socket: answers whether processes of this host exist. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "fs/descriptor.h"
#include "tools/failure.h"

namespace lockfs::compat {

class PidstatServer {
 public:
  // On every IPv4 address of this host. The failure's status is an errno.
  static Result<PidstatServer> on(std::uint16_t port);

  // Gets each question and its answer, for --debug.
  using Watch = std::function<void(std::string_view question, std::string_view answer)>;

  // Waits for one datagram, and answers it if it is a question that wants an answer. False if the
  // socket is of no use any more.
  bool serve_one(const Watch& watch = nullptr);

  std::uint16_t port() const;  // that it got, where 0 was asked for

 private:
  PidstatServer(Descriptor fd, std::string host) : fd_(std::move(fd)), host_(std::move(host)) {}

  std::optional<std::string> answer_to(std::string_view datagram) const;

  Descriptor fd_;
  std::string host_;  // ours, for questions without one
};

}  // namespace lockfs::compat

// A client of a socket door, as the older systems' programs are: blocking, with a limit.
#pragma once

#include <string>

#include "fs/descriptor.h"

namespace lockfs::test {

class DoorClient {
 public:
  // HOST:PORT (in figures, IPv4) or the path of a Unix socket.
  explicit DoorClient(const std::string& address);

  bool connected() const { return static_cast<bool>(fd_); }
  bool say(const std::string& text);
  // The next bytes, as many as were asked for; fewer at the end of the stream, and then ended().
  std::string hear(std::size_t size);
  // What comes until the stream ends.
  std::string hear_all();
  bool ended() const { return ended_; }
  // Whether it ended with an error (a reset).
  bool failed() const { return failed_; }
  void half_close();
  void hang_up() { fd_.reset(); }
  int fd() const { return fd_.get(); }

 private:
  Descriptor fd_;
  bool ended_ = false;
  bool failed_ = false;
};

// One request of lockerd's protocol with a connection of its own, as its Perl client makes it.
std::string lockerd_request(const std::string& address, const std::string& user,
                            const std::string& locks, const std::string& command,
                            const std::string& more = "");
// The lines of one, for a connection that stays open.
std::string lockerd_lines(const std::string& user, const std::string& locks,
                          const std::string& command, const std::string& more = "");

// A TCP port that nobody uses at the moment.
int free_port();

}  // namespace lockfs::test

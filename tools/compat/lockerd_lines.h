// lockerd's protocol (IPC::Locker) as its client speaks it: the request of one connection, and the
// lines of its answer. The server is hostile until parsed. Pure; any thread.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace lockfs::compat {

struct LockerdRequest {
  std::string user;
  std::vector<std::string> locks;  // the first of them that is free
  // Freed when this process of this host is dead.
  pid_t pid = 0;
  std::string host;
};

// All that goes over the connection: it waits as long as it takes, and may hold as long.
std::string render(const LockerdRequest& request, std::string_view command);

// What a line of the answer says; lines that say nothing to this client are not there.
namespace lockerd_line {
struct Waiting {  // print_waiting, print_broke
  std::string owner;
};
struct Obtained {};
struct Locked {
  bool locked = false;
};
struct LockName {
  std::string name;
};
struct Held {  // of LOCK_LIST
  std::string name;
  std::string owner;
};
// A lock's holder is perhaps dead, which this host might know.
struct Check {
  std::string lock;
  std::string host;
  pid_t pid = 0;
};
struct Error {
  std::string word;
};
}  // namespace lockerd_line

using LockerdLine = std::variant<lockerd_line::Waiting, lockerd_line::Obtained,
                                 lockerd_line::Locked, lockerd_line::LockName, lockerd_line::Held,
                                 lockerd_line::Check, lockerd_line::Error>;

std::optional<LockerdLine> parse_lockerd_line(std::string_view line);

// The lines of a stream, each once it is complete; what is left over at its end is none.
class LineReader {
 public:
  static constexpr std::size_t max_line = 65536;
  static constexpr std::size_t max_bytes = std::size_t{16} << 20;

  // False once a line, or all of them together, are too long: nothing is to be believed then.
  bool add(std::string_view bytes);
  // The next complete line, without its LF.
  std::optional<std::string> next();

 private:
  std::string text_;
  std::size_t read_ = 0;  // of text_
  std::size_t total_ = 0;
};

}  // namespace lockfs::compat

// A client of lockerd's protocol: one connection for each request, read until end of file.
//
// Never says that a lock is held unless the server said so of a lock that was asked for. May wait
// as long as the limit says; one thread.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tools/compat/connection.h"
#include "tools/compat/lockerd_lines.h"
#include "tools/failure.h"

namespace lockfs::compat {

struct LockerdServer {
  std::vector<std::string> hosts;  // tried in this order
  std::string port;                // a number; or, with its slashes, a Unix socket's path
  int tries = 3;
  std::chrono::milliseconds pause{1000};   // between two tries
  std::chrono::milliseconds limit{30000};  // of connecting, and of an answer that waits for nobody
};

class LockerdClient {
 public:
  using Say = std::function<void(const std::string&)>;

  // `say` gets a sentence whenever the wait changes.
  LockerdClient(LockerdServer server, LockerdRequest request, Say say);

  // The name of the lock that was granted. Fails with ETIMEDOUT if none was within the limit:
  // nothing is held or waited for then.
  Result<std::string> lock(std::optional<std::chrono::microseconds> limit);
  Result<void> unlock(const std::string& lock);
  // All locks that are held, with their owners.
  Result<std::map<std::string, std::string>> list();

 private:
  struct Answer;

  Result<Connection> connect(const Deadline& deadline);
  Result<Connection> connect_once(const Deadline& deadline);
  Result<void> exchange(const std::string& request, const Deadline& deadline, Answer& answer);
  Result<std::string> ask_for_lock(const Deadline& deadline, Answer& answer);
  void give_up();
  Result<std::string> granted(const Answer& answer) const;
  void take(const LockerdLine& line, Answer& answer);
  void check(const lockerd_line::Check& check, Answer& answer);
  bool is_asked_for(const std::string& lock) const;
  Deadline soon() const;

  LockerdServer server_;
  LockerdRequest request_;
  Say say_;
};

}  // namespace lockfs::compat

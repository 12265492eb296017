// lockerd told naively: one owner and one list of waiters for each lock, searched from the start
// each time. The engine must give the same answers.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace lockfs::model {

class Lockerd {
 public:
  struct Request {
    std::string user;
    std::vector<std::string> locks;
    bool block = false;
    int limit = 0;  // 0: none
  };

  // What is said to each connection because of it.
  using Said = std::map<int, std::string>;

  Said lock(int now, int connection, const Request& request);
  Said unlock(int now, int connection, const Request& request);
  Said hang_up(int now, int connection);
  Said tick(int now);
  bool waits(int connection) const;

 private:
  struct Owner {
    std::string user;
    int until = 0;  // 0: for ever
  };
  struct Waiter {
    int place = 0;
    int connection = 0;
    Request request;
  };

  void expire();
  void serve();
  void say(int connection, const std::string& text) { said_[connection] += text; }
  std::string block(const Request& request) const;
  std::string owner(const std::string& lock) const;
  bool holds(const Request& request, std::string& lock) const;

  int now_ = 0;
  int last_place_ = 0;
  std::map<std::string, Owner> owners_;
  std::vector<Waiter> waiters_;  // by place
  Said said_;
};

}  // namespace lockfs::model

// A server of lockerd's protocol that says what a test has it say. Each connection has a thread of
// its own, which takes no signals: the client's are for the test's thread.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "fs/descriptor.h"

namespace lockfs::compat {

class FakeLockerd {
 public:
  // A connection whose request has been read.
  class Peer {
   public:
    explicit Peer(int fd) : fd_(fd) {}
    void say(const std::string& text) const;
    // Until the client has gone.
    void wait_for_end() const;

   private:
    int fd_;
  };
  // What to do with a request; afterwards the connection is closed.
  using Script = std::function<void(const std::string& request, const Peer& peer)>;

  explicit FakeLockerd(Script script);
  ~FakeLockerd();
  FakeLockerd(const FakeLockerd&) = delete;
  FakeLockerd& operator=(const FakeLockerd&) = delete;

  std::string port() const;
  // All that came so far.
  std::vector<std::string> requests() const;
  // How many of them give this command.
  int count(const std::string& command) const;

 private:
  void accept_all();
  void serve(Descriptor connection);

  Script script_;
  Descriptor listener_;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::vector<std::thread> threads_;  // added by the next until it ends
  std::thread acceptor_;
};

}  // namespace lockfs::compat

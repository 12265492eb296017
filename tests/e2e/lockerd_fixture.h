// A mount whose daemon also speaks lockerd's protocol, over TCP and through a Unix socket.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/harness/door_client.h"
#include "tests/harness/mount_test.h"

namespace lockfs::test {

// The status blocks of lockerd's answers.
inline const std::string nobody = "owner \nlocked 0\n\n\n";

inline std::string has(const std::string& user, const std::string& lock) {
  return "owner " + user + "\nlocked 1\nlockname " + lock + "\n\n\n";
}
inline std::string busy(const std::string& owner) { return "owner " + owner + "\nlocked 0\n\n\n"; }

class LockerdTest : public MountTest {
 protected:
  void serve(const std::string& more = "") {
    port_ = "127.0.0.1:" + std::to_string(free_port());
    prepare("");
    if (sandbox == nullptr) return;
    path_ = sandbox->folder() + "/lockerd.sock";
    sandbox->write_config("listen = " + port_ + "\nlisten = " + path_ + "\n" + more);
    ASSERT_EQ(sandbox->start(), "");
  }
  std::string request(const std::string& user, const std::string& locks, const std::string& command,
                      const std::string& more = "") {
    return lockerd_request(port_, user, locks, command, more);
  }
  // A client that waits; returns when it was told so.
  std::unique_ptr<DoorClient> waiter(const std::string& user, const std::string& locks,
                                     const std::string& owner, const std::string& address) {
    auto client = std::make_unique<DoorClient>(address);
    client->say(lockerd_lines(user, locks, "LOCK", "block 1\n") + "EOF\n\n");
    const std::string told = "print_waiting " + owner + "\n";
    EXPECT_EQ(client->hear(told.size()), told);
    return client;
  }
  std::unique_ptr<DoorClient> waiter(const std::string& user, const std::string& locks,
                                     const std::string& owner) {
    return waiter(user, locks, owner, port_);
  }

  std::string port_;
  std::string path_;
};

}  // namespace lockfs::test

// The fixture of all tests with a real mount: skips where none can be made (a failure under
// CI=true), and fails where the daemon's log has a sanitizer's report.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/harness/sandbox.h"

namespace lockfs::test {

class MountTest : public testing::Test {
 protected:
  // Makes the sandbox without starting anything.
  void prepare(const std::string& config);
  void mount(const std::string& config, const std::vector<std::string>& arguments = {});
  void TearDown() override;

  // Shortcuts.
  Ran sh(const std::string& command) { return sandbox->sh(command); }
  // Starts a command that takes a lock and keeps it; returns when it has it.
  pid_t hold(const std::string& name, const std::string& how = "");
  // Starts a command that waits for a lock; returns when it does. `mark` tells it in the status.
  pid_t wait_behind(const std::string& name, const std::string& mark, const std::string& how = "");
  static void end(pid_t pid);

  std::unique_ptr<Sandbox> sandbox;
};

// Accounts made for one test and removed at its end.
class TestAccounts {
 public:
  TestAccounts();
  ~TestAccounts();
  TestAccounts(const TestAccounts&) = delete;
  TestAccounts& operator=(const TestAccounts&) = delete;

  const std::string& user() const { return user_; }  // no member of the group
  const std::string& member() const { return member_; }
  const std::string& group() const { return group_; }
  // A shell command as that user.
  static std::string as(const std::string& user, const std::string& command);
  void leave_group() const;

 private:
  std::string user_;
  std::string member_;
  std::string group_;
};

}  // namespace lockfs::test

// The fixture of tests against a daemon in front: at the end of each it has to leave in good order,
// with exit status 0, whatever was done to it. A sanitizer's verdict at the exit is one too.
#pragma once

#include <string>

#include "tests/e2e/gives.h"
#include "tests/harness/mount_test.h"

namespace lockfs::test {

class ServedTest : public MountTest {
 protected:
  void SetUp() override;
  void TearDown() override;
  virtual std::string config() const;

  // Lets other users come to the mount: the temporary folder is root's alone.
  void open_to_all();
  // The daemon's exit status; it ends by itself or was told to.
  int wait_for_end();
  bool mounted();
  // Writes a configuration and has it read.
  Ran reload(const std::string& text);
  // How many lines of a lock's file have this state.
  int count(const std::string& name, const std::string& state);
  bool becomes(const std::string& name, const std::string& state, int lines);
  // By one process, each time given up at once.
  void lock(const std::string& name, int times);

 private:
  bool ended_ = false;
};

}  // namespace lockfs::test

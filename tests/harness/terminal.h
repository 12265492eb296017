// A terminal with a shell on it, as a person has it: a tmux of our own, without anybody's settings.
//
// The mount is LOCKFS_MOUNT there, and lockctl is in PATH. Gone with its owner.
#pragma once

#include <functional>
#include <string>

#include "tests/harness/sandbox.h"

namespace lockfs::test {

class Terminal {
 public:
  explicit Terminal(Sandbox& sandbox, int columns = 80, int rows = 24);
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  // Types a line, or keys by tmux's names: "C-c".
  void type(const std::string& line) const;
  void press(const std::string& key) const;
  void resize(int columns, int rows) const;
  // What stands on it, without the empty lines at its end.
  std::string screen() const;
  // With the escape sequences that colour it.
  std::string coloured_screen() const;
  // Waits until it does.
  bool shows(const std::string& text) const;
  bool shows(const std::function<bool(const std::string&)>& condition) const;

 private:
  Ran tmux(const std::string& arguments) const;

  Sandbox& sandbox_;
};

}  // namespace lockfs::test

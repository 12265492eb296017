// Going to the background once the mount is there: whoever started lockfs waits until then and
// learns whether it worked.
#pragma once

#include <sys/types.h>

#include <string>

#include "fs/descriptor.h"

namespace lockfs {

class Background {
 public:
  // Forks; must come before any thread. In the child this returns. The parent waits for the child's
  // ready() and exits with 0, or with the child's status if it ends before.
  void enter();
  // Lets the parent go and turns to /dev/null what it had on the terminal. Nothing if in front.
  void ready();

 private:
  Descriptor to_parent_;
};

// A file with the daemon's process id, removed at the end. An empty path is none.
class PidFile {
 public:
  explicit PidFile(std::string path) : path_(std::move(path)) {}
  ~PidFile();
  PidFile(const PidFile&) = delete;
  PidFile& operator=(const PidFile&) = delete;

  // False, with errno, if it cannot be written.
  bool write();

 private:
  bool names_us() const;

  std::string path_;
  bool written_ = false;
};

}  // namespace lockfs

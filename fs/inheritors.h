// Who has a descriptor whose opener is gone: found by elimination, for /proc says who has a file
// open, but not through which open.
//
// A process has the descriptors that it opened itself, and, unless an ancestor of it has the file
// open, the others from somebody who is gone. Of those that are left the one started earliest after
// an open has that open, for descriptors are passed on by fork(2); and only then one that was there
// before. Pure.
#pragma once

#include <map>
#include <vector>

#include "core/types.h"
#include "fs/open_files.h"

namespace lockfs {

// One open of a file.
struct OpenedFile {
  HandleId handle = HandleId::none;
  ino_t inode = 0;
  std::int64_t opened = 0;  // nanoseconds since boot
  pid_t opener = 0;         // 0: gone
};

struct Inheritor {
  Process process;
  // Else it was there before the file was opened: it opened it itself, in a thread that has ended.
  bool inherited = true;
};

std::map<HandleId, Inheritor> find_inheritors(std::vector<OpenedFile> opens,
                                              const std::vector<OpenFile>& files);

}  // namespace lockfs

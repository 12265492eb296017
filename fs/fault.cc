#include "fs/fault.h"

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>

namespace lockfs {

const char* const fault_file = std::getenv("LOCKFS_FAULT");

void trigger_fault(const char* point) {
  std::ifstream file(fault_file);
  std::string where;
  std::string action;
  std::string again;
  file >> where >> action >> again;
  if (where != point) return;
  if (again != "again") ::unlink(fault_file);
  if (action == "stop") {
    ::raise(SIGSTOP);
  } else if (action == "abort") {
    std::abort();
  } else {
    ::kill(::getpid(), SIGKILL);
  }
}

}  // namespace lockfs

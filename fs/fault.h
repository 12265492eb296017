// Planted faults, for tests: where the environment names a file in LOCKFS_FAULT and the file says
// `POINT ACTION`, the process sends itself a signal (`kill`: SIGKILL, `abort`: SIGABRT, `stop`:
// SIGSTOP) when it comes to that point. The file is removed first, so that it happens once; with
// `ACTION again` it stays.
#pragma once

namespace lockfs {

extern const char* const fault_file;  // nullptr: no faults

void trigger_fault(const char* point);

inline void fault_point(const char* point) {
  if (fault_file != nullptr) [[unlikely]] {
    trigger_fault(point);
  }
}

}  // namespace lockfs

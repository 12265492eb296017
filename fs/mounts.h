// The mounts that this process sees, from /proc/self/mountinfo: nothing is touched.
#pragma once

#include <string>
#include <vector>

namespace lockfs {

// The mount points of all lockfs mounts, in the order in which they were mounted.
std::vector<std::string> lockfs_mounts();

bool is_lockfs_mount(const std::string& path);

}  // namespace lockfs

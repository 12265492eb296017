// The mounts that this process sees, from /proc/self/mountinfo: nothing is touched.
#pragma once

#include <string>
#include <vector>

namespace lockfs {

// The mount points of all lockfs mounts, in the order in which they were mounted.
std::vector<std::string> lockfs_mounts();

// The device number of what is mounted there, "0:45", as mountinfo has it; empty if nothing is.
std::string mounted_device(const std::string& path);

bool is_lockfs_mount(const std::string& path);

// The mount point as mountinfo has it: absolute, without symbolic links. What is mounted there is
// not asked, so this works on a dead mount and never hangs on one.
std::string resolve_mount_point(const std::string& path);

// Takes the mount out of the tree; it ends when nobody has a file of it open any more. An ordinary
// user's through fusermount3.
void detach_mount(const std::string& path);

}  // namespace lockfs

#include "fs/mounts.h"

#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace lockfs {
namespace {

// In mountinfo blanks and the like stand as \040.
std::string unescape(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      out += static_cast<char>(std::stoi(text.substr(i + 1, 3), nullptr, 8));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

std::vector<std::string> lockfs_mounts() {
  std::vector<std::string> mounts;
  std::ifstream file("/proc/self/mountinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.find(" - fuse.lockfs ") == std::string::npos) continue;
    std::istringstream fields(line);
    std::string field;
    for (int i = 0; i < 5; ++i) fields >> field;
    mounts.push_back(unescape(field));
  }
  return mounts;
}

// What was mounted last covers what was there before.
std::string mounted_device(const std::string& path) {
  std::string device;
  std::ifstream file("/proc/self/mountinfo");
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    std::string id, parent, number, root, point;
    if (fields >> id >> parent >> number >> root >> point && unescape(point) == path) {
      device = number;
    }
  }
  return device;
}

// realpath(3) reads links, of which a mounted folder is none; the kernel knows that by itself.
std::string resolve_mount_point(const std::string& path) {
  if (path.empty()) return path;
  std::string absolute = std::filesystem::absolute(path).string();
  while (absolute.size() > 1 && absolute.back() == '/') absolute.pop_back();
  char* resolved = ::realpath(absolute.c_str(), nullptr);
  if (resolved == nullptr) return std::filesystem::path(absolute).lexically_normal().string();
  std::string result = resolved;
  std::free(resolved);  // realpath's, from malloc
  return result;
}

// Compares the absolute path's text: looking at a dead mount would fail, at a hung one hang.
bool is_lockfs_mount(const std::string& path) {
  std::string absolute = std::filesystem::absolute(path).lexically_normal().string();
  while (absolute.size() > 1 && absolute.back() == '/') absolute.pop_back();
  const auto mounts = lockfs_mounts();
  return std::find(mounts.begin(), mounts.end(), absolute) != mounts.end();
}

void detach_mount(const std::string& path) {
  if (::umount2(path.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) == 0 || ::geteuid() == 0) return;
  const pid_t child = ::fork();
  if (child == 0) {
    ::execlp("fusermount3", "fusermount3", "-u", "-z", "-q", "--", path.c_str(), nullptr);
    ::_exit(127);
  }
  if (child > 0) ::waitpid(child, nullptr, 0);
}

}  // namespace lockfs

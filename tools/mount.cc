#include "tools/mount.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>

#include "core/expression.h"

namespace lockfs {
namespace {

constexpr std::string_view filesystem_type = "fuse.lockfs";

bool is_octal(char c) { return c >= '0' && c <= '7'; }

// Blanks and the like stand in mountinfo as \040.
std::string unescaped(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digits = text.substr(i + 1, 3);
    if (text[i] == '\\' && digits.size() == 3 &&
        std::all_of(digits.begin(), digits.end(), is_octal)) {
      result += static_cast<char>(std::stoi(std::string(digits), nullptr, 8));
      i += 3;
    } else {
      result += text[i];
    }
  }
  return result;
}

// The mount point if the line is a lockfs mount's. The type is the word behind a lone "-".
std::optional<std::string> lockfs_mount_point(const std::string& line) {
  std::istringstream words(line);
  std::string word;
  std::string mount_point;
  for (int i = 0; i < 5; ++i) words >> mount_point;
  while (words >> word && word != "-") continue;
  if (!(words >> word) || word != filesystem_type) return std::nullopt;
  return unescaped(mount_point);
}

std::vector<std::string> mounts_of_this_process() {
  std::ifstream mountinfo("/proc/self/mountinfo");
  return lockfs_mounts(mountinfo);
}

std::optional<std::string> real_path(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> resolved(::realpath(path.c_str(), nullptr),
                                                        std::free);
  if (!resolved) return std::nullopt;
  return std::string(resolved.get());
}

std::string trim_slashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

// What was asked for, if anything was.
std::string asked_mount(const std::string& option) {
  if (!option.empty()) return option;
  const char* const variable = std::getenv("LOCKFS_MOUNT");
  return variable != nullptr ? variable : "";
}

bool is_mount(const std::string& folder, const std::string& asked) {
  const std::string wanted = asked_mount(asked);
  if (!wanted.empty() && real_path(wanted) == folder) return true;
  const auto mounts = mounts_of_this_process();
  return std::find(mounts.begin(), mounts.end(), folder) != mounts.end();
}

Result<std::string> mount_of_path(const std::string& path, const std::string& asked) {
  const auto slash = path.rfind('/');
  const auto folder = real_path(path.substr(0, slash + 1));
  if (!folder) {
    return failure(exit_status::no_input, path + ": " + std::strerror(errno));
  }
  if (!is_mount(*folder, asked)) {
    return failure(exit_status::no_input,
                   path + " is not a lock: " + *folder + " is not a lockfs mount");
  }
  return *folder;
}

Result<void> check_name(const std::string& name, const std::string& typed) {
  if (valid_name(name)) return {};
  if (parse_expression(name)) {
    return failure(exit_status::usage, typed + " names more than a plain lock; this version of " +
                                           "lockctl takes one lock's name");
  }
  return failure(exit_status::usage, typed + " cannot be the name of a lock");
}

// A user's own mount keeps out everyone else, root too.
bool is_closed(const std::string& mount) {
  return ::access((mount + "/status").c_str(), F_OK) != 0 && errno == EACCES;
}

Failure closed_failure(const std::string& mount) {
  return {exit_status::no_input,
          "you may not look into " + mount + ": it is another user's mount"};
}

Failure gone_failure(const std::string& mount) {
  return {exit_status::no_input, "the lockfs daemon of " + mount + " is not running"};
}

}  // namespace

std::vector<std::string> lockfs_mounts(std::istream& mountinfo) {
  std::vector<std::string> mounts;
  for (std::string line; std::getline(mountinfo, line);) {
    auto mount = lockfs_mount_point(line);
    const bool known = mount && std::find(mounts.begin(), mounts.end(), *mount) != mounts.end();
    if (mount && !known) mounts.push_back(std::move(*mount));
  }
  return mounts;
}

Result<std::string> only_mount(const std::vector<std::string>& mounts) {
  if (mounts.size() == 1) return mounts.front();
  if (mounts.empty()) {
    return failure(exit_status::no_input,
                   "no lockfs filesystem is mounted here; mount one with 'lockfs [CONFIG] "
                   "MOUNTPOINT', or say where it is with --mount DIR");
  }
  std::string list;
  for (const auto& mount : mounts) list += "\n  " + mount;
  return failure(exit_status::usage,
                 "several lockfs filesystems are mounted; choose one with --mount DIR or "
                 "LOCKFS_MOUNT:" +
                     list);
}

Result<std::string> find_mount(const std::string& asked) {
  const std::string wanted = asked_mount(asked);
  return wanted.empty() ? only_mount(mounts_of_this_process()) : trim_slashes(wanted);
}

Result<LockFile> find_lock(const std::string& typed, const std::string& asked_mount) {
  const bool is_path = typed.find('/') != std::string::npos;
  const std::string name = is_path ? typed.substr(typed.rfind('/') + 1) : typed;
  if (const auto checked = check_name(name, typed); !checked) {
    return tl::make_unexpected(checked.error());
  }
  return (is_path ? mount_of_path(typed, asked_mount) : find_mount(asked_mount))
      .map([&](const std::string& mount) { return LockFile{typed, mount, name}; });
}

Failure open_failure(const LockFile& lock, int error) {
  const std::string missing = "there is no lock " + lock.typed + " on " + lock.mount;
  switch (error) {
    case ENOENT:
      return {exit_status::no_input, missing};
    case EACCES:
      if (is_closed(lock.mount)) return closed_failure(lock.mount);
      return {exit_status::no_input, missing + ", and you may not make one"};
    case ENODEV:
      return {exit_status::no_input, lock.typed + " was taken out of the configuration"};
    case ECANCELED:
      return {exit_status::no_input, "the lockfs daemon of " + lock.mount + " is shutting down"};
    case ENOTCONN:
      return gone_failure(lock.mount);
    case EMFILE:
    case ENFILE:
    case ENOLCK:
    case ENOMEM:
      return {exit_status::system,
              lock.typed + " cannot be opened: a limit is reached (" + std::strerror(error) + ")"};
    default:
      return {exit_status::no_input, lock.typed + ": " + std::strerror(error)};
  }
}

Failure mount_failure(const std::string& mount, int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return {exit_status::no_input, mount + " is not a lockfs mount"};
    case EACCES:
      return closed_failure(mount);
    case ENOTCONN:
      return gone_failure(mount);
    default:
      return {exit_status::io, mount + ": " + std::strerror(error)};
  }
}

}  // namespace lockfs

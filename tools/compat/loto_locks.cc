#include "tools/compat/loto_locks.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>

#include "core/expression.h"
#include "fs/mounts.h"
#include "tools/errno_words.h"
#include "tools/mount.h"

namespace lockfs::compat {
namespace {

constexpr std::string_view original_prefix = "/var/lock/loto.";

std::string real_folder(const std::string& path) {
  const auto slash = path.rfind('/');
  const std::unique_ptr<char, void (*)(void*)> resolved(
      ::realpath(path.substr(0, slash + 1).c_str(), nullptr), std::free);
  return resolved ? resolved.get() : "";
}

LotoFile on_mount(const std::string& mount, const std::string& name) {
  return {mount + "/" + name, mount, name};
}

LotoFile of_path(const std::string& path, const std::optional<std::string>& mount) {
  const std::string folder = real_folder(path);
  if (folder.empty() || (folder != mount && !is_lockfs_mount(folder))) return {path, "", ""};
  return on_mount(folder, path.substr(path.rfind('/') + 1));
}

}  // namespace

bool is_resource(const std::string& typed) { return typed.find('/') == std::string::npos; }

Result<LotoFile> loto_file(const std::string& typed, const std::optional<std::string>& mount) {
  if (typed.empty()) return failure(exit_status::usage, "-L names no lock");
  if (!is_resource(typed)) return of_path(typed, mount);
  if (!mount) return LotoFile{std::string(original_prefix) + typed, "", ""};
  if (parse_expression(typed)) return on_mount(*mount, typed);
  return failure(exit_status::usage, typed + " cannot be a lock of " + *mount);
}

std::optional<LotoFile> all_of(const std::vector<LotoFile>& files) {
  std::string joined;
  std::vector<std::string> names;
  for (const auto& file : files) {
    if (file.mount.empty() || file.mount != files.front().mount) return std::nullopt;
    if (std::find(names.begin(), names.end(), file.name) != names.end()) continue;
    names.push_back(file.name);
    joined += (joined.empty() ? "" : "+") + file.name;
  }
  const auto expression = parse_expression(joined);
  // With "a,b" among them the sum would mean something else.
  if (!expression || (names.size() > 1 && expression->alternatives.size() > 1)) return std::nullopt;
  return on_mount(files.front().mount, joined);
}

Result<std::optional<std::string>> loto_mount() {
  const char* const variable = std::getenv("LOCKFS_MOUNT");
  const auto mounts = lockfs_mounts();
  const bool named = variable != nullptr && *variable != '\0';
  if (!named && mounts.empty()) return std::optional<std::string>();
  if (!named && mounts.size() > 1) {
    return failure(exit_status::usage,
                   "several lockfs filesystems are mounted; choose one with LOCKFS_MOUNT");
  }
  // Opening a lock may make a file, so the folder had better be a mount.
  const auto mount = find_mount("");
  if (mount && ::access((*mount + "/.ctl").c_str(), F_OK) != 0) {
    return tl::make_unexpected(mount_failure(*mount, errno));
  }
  return mount.map([](const std::string& each) { return std::optional(each); });
}

}  // namespace lockfs::compat

#include "tools/mount.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>

#include "core/expression.h"
#include "fs/mounts.h"
#include "tools/errno_words.h"

namespace lockfs {
namespace {

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
  const auto mounts = lockfs_mounts();
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

bool is_unit(const Expression& expression) {
  if (expression.alternatives.size() != 1 || expression.alternatives[0].size() != 1) return false;
  const auto& term = expression.alternatives[0][0];
  return term.count == 1 && !term.mode;
}

Result<void> check_name(const std::string& name, const std::string& typed, Naming naming) {
  if (valid_name(name)) return {};
  const auto expression = parse_expression(name);
  if (!expression) {
    return failure(exit_status::usage, "\"" + typed + "\" cannot be the name of a lock");
  }
  if (naming == Naming::expression || (naming == Naming::unit && is_unit(*expression))) return {};
  return failure(exit_status::usage, typed + " names more than a plain lock" +
                                         (naming == Naming::unit ? " or one unit of it" : "") +
                                         "; this command takes one lock's name");
}

// Of a name, or of a path whose folders have no "@".
bool is_path(const std::string& typed) {
  return typed.substr(0, typed.find('@')).find('/') != std::string::npos;
}

// "rig@/dev/ttyUSB0" as it stands in a file's name, "rig@%2Fdev%2FttyUSB0".
std::string encode_addresses(const std::string& name) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded = name.substr(0, name.find('@'));
  for (const char byte : name.substr(encoded.size())) {
    const auto code = static_cast<unsigned char>(byte);
    if (std::isalnum(code) != 0 || std::strchr("._:-@+,=%", byte) != nullptr) {
      encoded += byte;
    } else {
      encoded += {'%', digits[code / 16], digits[code % 16]};
    }
  }
  return encoded;
}

// Opening a lock may make a file, so the folder had better be a mount.
Result<std::string> check_mount(const std::string& mount) {
  if (::access((mount + "/.ctl").c_str(), F_OK) == 0) return mount;
  return tl::make_unexpected(mount_failure(mount, errno));
}

}  // namespace

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
  return wanted.empty() ? only_mount(lockfs_mounts()) : trim_slashes(wanted);
}

Result<LockFile> find_lock(const std::string& typed, const std::string& asked_mount,
                           Naming naming) {
  const bool path = is_path(typed);
  const std::string name = encode_addresses(path ? typed.substr(typed.rfind('/') + 1) : typed);
  if (const auto checked = check_name(name, typed, naming); !checked) {
    return tl::make_unexpected(checked.error());
  }
  return (path ? mount_of_path(typed, asked_mount) : find_mount(asked_mount))
      .and_then(check_mount)
      .map([&](const std::string& mount) {
        return LockFile{typed, mount, name};
      });
}

}  // namespace lockfs

#include "fs/mounting.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "fs/libfuse.h"
#include "fs/mounts.h"

namespace lockfs {
namespace {

// Where this is set, the kernel aborts every mount with a request that has waited so long, and
// waiting is what lockfs is for.
std::string request_timeout_fault() {
  for (const char* name : {"max_request_timeout", "default_request_timeout"}) {
    std::ifstream file(std::string("/proc/sys/fs/fuse/") + name);
    unsigned seconds = 0;
    if (file >> seconds && seconds != 0) {
      return std::string("fs.fuse.") + name + " is " + std::to_string(seconds) +
             ": the kernel would end every longer wait for a lock; set it to 0 (sysctl)";
    }
  }
  return {};
}

std::string mount_point_fault(const std::string& path) {
  struct stat st {};
  if (::stat(path.c_str(), &st) != 0) return path + ": " + std::strerror(errno);
  if (!S_ISDIR(st.st_mode)) return path + ": not a folder, so nothing can be mounted there";
  return {};
}

std::string mount_fault(const std::string& path, bool make) {
  if (std::string fault = request_timeout_fault(); !fault.empty()) return fault;
  if (is_lockfs_mount(path)) return path + ": a lockfs is mounted there already";
  std::error_code ignored;  // what is not there is a fault
  if (make) std::filesystem::create_directories(path, ignored);
  return mount_point_fault(path);
}

bool user_may_allow_other() {
  std::ifstream file("/etc/fuse.conf");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("user_allow_other", 0) == 0) return true;
  }
  return false;
}

std::vector<std::string> fuse_arguments(const MountSettings& settings) {
  std::vector<std::string> arguments = {"lockfs", "-o", "fsname=lockfs", "-o", "subtype=lockfs"};
  if (::geteuid() == 0 || user_may_allow_other()) {
    arguments.insert(arguments.end(), {"-o", "allow_other"});
  } else {
    spdlog::info(
        "only this user can look into the mount, not even root; to open it to others, "
        "root puts the line user_allow_other into /etc/fuse.conf");
  }
  for (const auto& option : settings.options) {
    arguments.insert(arguments.end(), {"-o", option});
  }
  if (settings.debug) arguments.emplace_back("-d");
  return arguments;
}

}  // namespace

// libfuse's own session is only for the mount and its first request; what counts is the descriptor.
std::optional<Mounted> mount(const MountSettings& settings, std::string& error) {
  error = mount_fault(settings.mount_point, settings.make_mount_point);
  if (!error.empty()) return std::nullopt;
  fuse_session* session = make_session(fuse_arguments(settings), nullptr);
  if (session == nullptr) {
    error = libfuse_words("the mount options were refused");
    return std::nullopt;
  }
  if (fuse_session_mount(session, settings.mount_point.c_str()) != 0) {
    const char* refused =
        ::geteuid() == 0 ? "refused by the kernel" : "refused by fusermount3, which says why";
    error = "cannot mount on " + settings.mount_point + ": " + libfuse_words(refused);
    fuse_session_destroy(session);
    return std::nullopt;
  }
  Mounted mounted;
  fuse_buf buffer{};
  const int size = fuse_session_receive_buf(session, &buffer);
  if (size > 0) {
    const auto* bytes = static_cast<const std::byte*>(buffer.mem);
    mounted.fuse_init.assign(bytes, bytes + size);
    fuse_session_process_buf(session, &buffer);
  }
  if (std::getenv("LOCKFS_OLD_KERNEL") != nullptr) hide_resending(mounted.fuse_init);
  std::free(buffer.mem);  // libfuse's, from malloc
  mounted.fuse.reset(::fcntl(fuse_session_fd(session), F_DUPFD_CLOEXEC, 0));
  fuse_session_destroy(session);
  return mounted;
}

}  // namespace lockfs

#include "fs/session.h"

#include <linux/fuse.h>
#include <pthread.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "fs/mounts.h"

namespace lockfs {
namespace {

// libfuse's own words, of which the last are the reason why a mount failed.
std::string& last_words() {
  static std::string words;
  return words;
}

void take_words(fuse_log_level level, const char* format, va_list arguments) {
  std::array<char, 512> line{};
  std::vsnprintf(line.data(), line.size(), format, arguments);
  std::string text = line.data();
  while (!text.empty() && text.back() == '\n') text.pop_back();
  if (level <= FUSE_LOG_ERR) last_words() = text;
  spdlog::log(level <= FUSE_LOG_WARNING ? spdlog::level::warn : spdlog::level::debug, "{}", text);
}

// Where this is set, the kernel aborts every mount with a request that has waited so long, and waiting
// is what lockfs is for.
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

std::string mount_fault(const std::string& path) {
  if (std::string fault = request_timeout_fault(); !fault.empty()) return fault;
  if (is_lockfs_mount(path)) return path + ": a lockfs is mounted there already";
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
    spdlog::info("only this user can look into the mount, not even root; to open it to others, "
                 "root puts the line user_allow_other into /etc/fuse.conf");
  }
  for (const auto& option : settings.options) {
    arguments.insert(arguments.end(), {"-o", option});
  }
  if (settings.debug) arguments.emplace_back("-d");
  return arguments;
}

fuse_session* make_session(const MountSettings& settings, KernelDoor& door) {
  fuse_args args = FUSE_ARGS_INIT(0, nullptr);
  for (const auto& argument : fuse_arguments(settings)) fuse_opt_add_arg(&args, argument.c_str());
  fuse_session* session =
      fuse_session_new(&args, &KernelDoor::operations(), sizeof(fuse_lowlevel_ops), &door);
  fuse_opt_free_args(&args);
  return session;
}

std::string reason(const std::string& otherwise) {
  return last_words().empty() ? otherwise : last_words();
}

}  // namespace

std::unique_ptr<Session> Session::mount(const MountSettings& settings, KernelDoor& door,
                                        std::string& error) {
  error = mount_fault(settings.mount_point);
  if (!error.empty()) return nullptr;
  fuse_set_log_func(take_words);
  fuse_session* made = make_session(settings, door);
  if (made == nullptr) {
    error = reason("the mount options were refused");
    return nullptr;
  }
  std::unique_ptr<Session> session(new Session(made, door));
  if (fuse_session_mount(made, settings.mount_point.c_str()) != 0) {
    error = "cannot mount on " + settings.mount_point + ": " + reason("refused by the kernel");
    return nullptr;
  }
  session->mounted_ = true;
  return session;
}

Session::~Session() {
  stop();
  fuse_session_destroy(session_);
  std::free(buffer_.mem);  // libfuse's, from malloc
}

void Session::start(Loop& loop, Loop::Callback gone) {
  // Only there to break off a read(2).
  struct sigaction nothing {};
  nothing.sa_handler = [](int) {};
  ::sigaction(SIGUSR2, &nothing, nullptr);
  thread_ = std::thread([this, &loop, gone = std::move(gone)] {
    serve(loop);
    if (!stopping_) loop.post(gone);
    ended_ = true;
  });
}

void Session::stop() {
  if (mounted_) fuse_session_unmount(session_);
  mounted_ = false;
  stopping_ = true;
  if (!thread_.joinable()) return;
  // A signal that comes just before the read(2) does not break it: another will.
  while (!ended_) {
    ::pthread_kill(thread_.native_handle(), SIGUSR2);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  thread_.join();
}

void Session::serve(Loop& loop) {
  while (!stopping_ && serve_one(loop)) {
  }
}

// False once the mount is gone.
bool Session::serve_one(Loop& loop) {
  const int size = fuse_session_receive_buf(session_, &buffer_);
  if (size == -EINTR || size == -EAGAIN) return true;
  if (size <= 0) return false;
  fuse_in_header header{};
  std::memcpy(&header, buffer_.mem, std::min(sizeof header, buffer_.size));
  const std::lock_guard turn(loop.turn());
  door_.begin(header.unique);
  fuse_session_process_buf(session_, &buffer_);
  door_.post_interrupts();
  return fuse_session_exited(session_) == 0;
}

}  // namespace lockfs

#include "tests/bench/mount.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "fs/mounts.h"
#include "tests/bench/process.h"

namespace lockfs::bench {
namespace {

std::string make_folder(const std::string& folder, const std::string& name) {
  std::string path = folder + "/" + name + "-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) fail(path);
  return path;
}

bool is_mounted(const std::string& path) {
  std::ifstream file("/proc/self/mountinfo");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str().find(" " + path + " ") != std::string::npos;
}

}  // namespace

Mount Mount::lockfs(const std::string& folder, const std::string& config, const std::string& name) {
  Mount mount(name, make_folder(folder, "lockfs"));
  const std::string file = mount.point_ + ".conf";
  std::ofstream(file) << "log = " << mount.point_ << ".log\nstate = " << mount.point_
                      << ".state\nmax_waiters_per_user = 100000\n"
                      << config;
  mount.start({LOCKFS_PROGRAM, "-f", file, mount.point_});
  wait_until("lockfs serves", [&] { return mount.worker() != 0; });
  return mount;
}

Mount Mount::null(const std::string& folder) {
  Mount mount("null", make_folder(folder, "null"));
  mount.start({NULL_FUSE_PROGRAM, mount.point_});
  return mount;
}

Mount Mount::fifo(const std::string& folder) {
  Mount mount("fifo", make_folder(folder, "fifo"));
  mount.start({FIFO_FUSE_PROGRAM, mount.point_});
  return mount;
}

Mount Mount::tmpfs(const std::string& folder) { return {"tmpfs", make_folder(folder, "tmpfs")}; }

Mount::Mount(Mount&& other) noexcept
    : name_(std::move(other.name_)),
      point_(std::move(other.point_)),
      daemon_(std::exchange(other.daemon_, 0)) {}

void Mount::start(std::vector<std::string> command) {
  daemon_ = spawn(command);
  wait_until(command.front() + " mounts", [&] { return is_mounted(point_); });
}

Mount::~Mount() {
  if (daemon_ == 0) return;
  detach_mount(point_);
  if (!ends(daemon_, std::chrono::seconds(20))) {
    ::kill(daemon_, SIGKILL);
    ::waitpid(daemon_, nullptr, 0);
  }
}

// The child that was started last.
pid_t Mount::worker() const {
  const std::string pid = std::to_string(daemon_);
  std::ifstream children("/proc/" + pid + "/task/" + pid + "/children");
  pid_t worker = 0;
  for (pid_t child = 0; children >> child;) worker = child;
  return worker;
}

std::vector<pid_t> Mount::daemons() const {
  std::vector<pid_t> all;
  for (const pid_t each : {daemon_, worker()}) {
    if (each != 0) all.push_back(each);
  }
  return all;
}

}  // namespace lockfs::bench

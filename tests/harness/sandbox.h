// A daemon of our own to kill: a temporary folder, a configuration, a mount, and the two processes.
//
// Everything is taken down at the end, also after a failure. Nothing here waits without a limit.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace lockfs::test {

inline constexpr std::chrono::seconds generous{60};

// Waits until it is so; false when the limit is over.
bool wait_until(const std::function<bool()>& condition, std::chrono::seconds limit = generous);

// All its threads are.
bool is_stopped(pid_t pid);
// Whether a process has not taken this signal yet.
bool has_pending(pid_t pid, int signal);

struct Ran {
  int status = -1;  // exit status; 128+n: killed by signal n; -1: it took too long
  std::string out;  // with what it said on stderr
};

class Sandbox {
 public:
  explicit Sandbox(const std::string& config);
  ~Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  // What start() executes.
  std::string program = LOCKFS_PROGRAM;

  // Starts lockfs in front with these arguments besides. Empty if mounted, else why not.
  std::string start(const std::vector<std::string>& arguments = {});
  void write_config(const std::string& config) const;
  // The process that was started, and its exit status once it has ended (as in Ran).
  pid_t daemon() const { return daemon_; }
  int wait_for_daemon();

  std::string folder() const { return folder_; }
  std::string config_path() const { return folder_ + "/lockfs.conf"; }
  std::string mount_point() const { return folder_ + "/mnt"; }
  std::string path(const std::string& name) const { return mount_point() + "/" + name; }
  std::string log() const;
  // Waits until the log has that text: it is written by a thread of its own.
  bool logs(const std::string& text) const;

  // 0 while there is none.
  pid_t keeper() const { return find("lockfs-keeper"); }
  pid_t worker() const { return find("lockfs"); }
  // A worker beside a keeper, which bears a worker's name while it starts.
  bool has_another_worker(pid_t before) const {
    const pid_t now = keeper() != 0 ? worker() : 0;
    return now != 0 && now != before;
  }
  // All of that name: `lockfs`, `lockfs-keeper`.
  std::vector<pid_t> find_all(const std::string& name) const;
  // Kills it and waits until it is gone.
  void kill(pid_t pid, int signal = 9) const;

  // Kills both at once: neither sees the other go, or could start it again.
  void kill_together(pid_t keeper, pid_t worker) const;

  // Plants a fault: "after_append kill". Whether it has not happened yet:
  void plant(const std::string& fault) const;
  bool fault_is_planted() const;

  // Runs a shell command, $L being the mount point and $D the folder.
  Ran sh(const std::string& command, std::chrono::seconds limit = generous) const;
  // Starts one; the process is killed with the sandbox if it still runs.
  pid_t start_sh(const std::string& command);
  // Its exit status as in Ran.
  int wait_for(pid_t pid);

  std::string status() const { return sh("cat $L/status").out; }
  bool status_has(const std::string& text) const;

 private:
  void set_environment() const;
  std::vector<std::string> shell(const std::string& command) const;
  pid_t find(const std::string& name) const;
  std::vector<pid_t> all() const;

  std::string folder_;
  pid_t daemon_ = 0;
  std::vector<pid_t> started_;
};

// Whether real mounts can be made here; if not, why. Under CI=true that is a failure.
std::string why_no_mounts();

}  // namespace lockfs::test

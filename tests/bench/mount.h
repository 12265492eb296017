// What locks are taken on: lockfs, the daemons it is measured against, or a plain folder on tmpfs.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace lockfs::bench {

// Taken down with its owner. Whoever has files of it open must have closed them.
class Mount {
 public:
  // `folder`: an empty one on tmpfs, in which each makes a folder of its own.
  static Mount lockfs(const std::string& folder, const std::string& config,
                      const std::string& name = "lockfs");
  static Mount null(const std::string& folder);
  static Mount fifo(const std::string& folder);
  static Mount tmpfs(const std::string& folder);

  Mount(Mount&& other) noexcept;
  Mount& operator=(Mount&&) = delete;
  ~Mount();

  const std::string& name() const { return name_; }
  std::string path(const std::string& file) const { return point_ + "/" + file; }

  // Of lockfs: the process that keeps the descriptors, and the one that works; 0 while there is
  // none.
  pid_t keeper() const { return daemon_; }
  pid_t worker() const;
  // All processes that serve it; none of tmpfs.
  std::vector<pid_t> daemons() const;

 private:
  Mount(std::string name, std::string point) : name_(std::move(name)), point_(std::move(point)) {}
  void start(std::vector<std::string> command);

  std::string name_;
  std::string point_;
  pid_t daemon_ = 0;
};

}  // namespace lockfs::bench

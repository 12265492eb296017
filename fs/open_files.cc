#include "fs/open_files.h"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace lockfs {
namespace {

constexpr std::size_t max_mountinfo = std::size_t{4} << 20U;

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

Folder open_folder(const std::string& path) { return Folder(::opendir(path.c_str())); }

// The entry's name as a number; nothing at the end, or if it is none.
std::optional<int> next_number(const Folder& folder, bool& ended) {
  const dirent* entry = ::readdir(folder.get());
  ended = entry == nullptr;
  if (ended) return std::nullopt;
  const std::string_view name = static_cast<const char*>(entry->d_name);
  int number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  const bool all = error == std::errc{} && end == name.data() + name.size();
  return all ? std::optional(number) : std::nullopt;
}

// Calls visit(number) for each entry whose name is one.
template <class Visit>
void for_each_number(const std::string& path, Visit visit) {
  const Folder folder = open_folder(path);
  if (!folder) return;
  for (bool ended = false; !ended;) {
    if (const auto number = next_number(folder, ended)) visit(*number);
  }
}

// The value behind a name in a /proc/PID/fdinfo.
std::string info_field(const std::string& info, const std::string& name) {
  std::istringstream lines(info);
  for (std::string word; lines >> word;) {
    if (word == name && lines >> word) return word;
  }
  return {};
}

bool has_gone(const OpenFile& file) {
  const auto process = find_process(file.process.pid);
  return !process || process->started != file.process.started;
}

class Scan {
 public:
  Scan(const std::vector<FileName>& wanted, std::string device) : device_(std::move(device)) {
    for (const auto& file : wanted) {
      names_.insert(file.name);
      inodes_.emplace(std::to_string(file.inode), file.inode);
    }
  }

  std::vector<OpenFile> run() {
    for_each_number("/proc", [&](pid_t pid) { look_at_process(pid); });
    return std::move(files_);
  }

 private:
  void look_at_process(pid_t pid) {
    const std::size_t before = files_.size();
    const std::string path = "/proc/" + std::to_string(pid) + "/fd";
    for_each_number(path, [&](int fd) {
      if (links_++ < max_links && has_wanted_name(path, fd)) look_at_file(pid, fd, before);
    });
  }

  bool has_wanted_name(const std::string& path, int fd) {
    const std::string link = path + "/" + std::to_string(fd);
    const ssize_t size = ::readlink(link.c_str(), target_.data(), target_.size());
    if (size <= 0) return false;
    std::string_view name(target_.data(), static_cast<std::size_t>(size));
    constexpr std::string_view deleted = " (deleted)";
    if (name.ends_with(deleted)) name.remove_suffix(deleted.size());
    return names_.contains(std::string(name.substr(name.rfind('/') + 1)));
  }

  void look_at_file(pid_t pid, int fd, std::size_t first_of_process) {
    const std::string info = read_proc(pid, "fdinfo/" + std::to_string(fd), 4096);
    const auto inode = inodes_.find(info_field(info, "ino:"));
    if (inode == inodes_.end() || !is_ours(pid, info_field(info, "mnt_id:"))) return;
    for (std::size_t i = first_of_process; i < files_.size(); ++i) {
      if (files_[i].inode != inode->second) continue;
      ++files_[i].descriptors;
      return;
    }
    auto family = lineage(pid);
    const auto process = find_process(pid);
    if (process && !family.empty()) {
      files_.push_back({inode->second, *process, std::move(family), 1});
    }
  }

  // Mounts are numbered over all namespaces.
  bool is_ours(pid_t pid, const std::string& mount) {
    const auto [known, is_new] = mounts_.try_emplace(mount, false);
    if (!is_new) return known->second;
    std::istringstream lines(read_proc(pid, "mountinfo", max_mountinfo));
    for (std::string line; std::getline(lines, line);) {
      std::istringstream fields(line);
      std::string id, parent, number;
      fields >> id >> parent >> number;
      if (id == mount) known->second = number == device_;
    }
    return known->second;
  }

  const std::string device_;
  std::unordered_set<std::string> names_;
  std::unordered_map<std::string, ino_t> inodes_;
  std::map<std::string, bool> mounts_;
  std::array<char, 4352> target_{};
  std::size_t links_ = 0;
  std::vector<OpenFile> files_;
};

}  // namespace

const std::vector<OpenFile>& OpenFiles::find(const std::vector<FileName>& wanted,
                                             const std::string& device, Clock::duration age) {
  std::vector<ino_t> inodes;
  inodes.reserve(wanted.size());
  for (const auto& file : wanted) inodes.push_back(file.inode);
  std::sort(inodes.begin(), inodes.end());
  inodes.erase(std::unique(inodes.begin(), inodes.end()), inodes.end());
  if (inodes == inodes_ && Clock::now() - when_ < age) {
    std::erase_if(found_, has_gone);
    return found_;
  }
  found_ = Scan(wanted, device).run();
  inodes_ = std::move(inodes);
  when_ = Clock::now();
  return found_;
}

}  // namespace lockfs

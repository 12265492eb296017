#include "tests/harness/sandbox.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace lockfs::test {
namespace {

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

int status_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool is_mounted(const std::string& path) {
  return read_file("/proc/self/mountinfo").find(" " + path + " ") != std::string::npos;
}

// A child with its output in a file and a process group of its own.
pid_t start(const std::vector<std::string>& arguments, const std::string& output) {
  std::vector<char*> pointers;
  for (const auto& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::setpgid(0, 0);
  const int fd = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(fd, STDOUT_FILENO);
  ::dup2(fd, STDERR_FILENO);
  ::execvp(pointers[0], pointers.data());
  ::_exit(127);
}

bool reap(pid_t pid, int& status) { return ::waitpid(pid, &status, WNOHANG) == pid; }

void kill_group(pid_t pid) {
  ::kill(-pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
}

// A keeper that another becomes has the program's name until it gives itself its own.
bool is_named(pid_t pid, const std::string& name) {
  const std::string process = "/proc/" + std::to_string(pid);
  if (read_file(process + "/comm") != name + "\n") return false;
  return name != "lockfs" ||
         read_file(process + "/environ").find("LOCKFS_ROLE=k") == std::string::npos;
}

}  // namespace

bool wait_until(const std::function<bool()>& condition, std::chrono::seconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

bool is_stopped(pid_t pid) {
  const std::filesystem::path tasks = "/proc/" + std::to_string(pid) + "/task";
  for (const auto& task : std::filesystem::directory_iterator(tasks)) {
    if (read_file(task.path() / "stat").find(") T ") == std::string::npos) return false;
  }
  return true;
}

bool has_pending(pid_t pid, int signal) {
  std::istringstream lines(read_file("/proc/" + std::to_string(pid) + "/status"));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("ShdPnd:")) continue;
    return (std::stoull(line.substr(7), nullptr, 16) >> (signal - 1) & 1U) != 0;
  }
  return false;
}

Sandbox::Sandbox(const std::string& config) {
  char name[] = "/tmp/lockfs-crash-XXXXXX";
  folder_ = ::mkdtemp(name);
  ::chmod(folder_.c_str(), 0755);  // for other users
  ::mkdir(mount_point().c_str(), 0755);
  write_config(config);
  set_environment();
}

// Also a daemon that a command starts keeps its state here.
void Sandbox::set_environment() const {
  ::setenv("LOCKFS_FAULT", (folder_ + "/fault").c_str(), 1);
  ::setenv("STATE_DIRECTORY", (folder_ + "/state").c_str(), 1);
}

void Sandbox::write_config(const std::string& config) const {
  std::ofstream(config_path()) << config;
}

Sandbox::~Sandbox() {
  for (const pid_t pid : started_) kill_group(pid);
  // Both at once, or each would start the other again.
  for (int round = 0; round < 100 && !all().empty(); ++round) {
    for (const pid_t pid : all()) ::kill(pid, SIGSTOP);
    for (const pid_t pid : all()) ::kill(pid, SIGKILL);
    wait_until([this] { return all().empty(); }, std::chrono::seconds(1));
  }
  // A test may have had one mount over another.
  while (is_mounted(mount_point()) && ::umount2(mount_point().c_str(), MNT_DETACH) == 0) {
  }
  while (::waitpid(-1, nullptr, WNOHANG) > 0) {
  }
  // What is left of the mount must not be walked into.
  if (!is_mounted(mount_point())) std::filesystem::remove_all(folder_);
}

std::string Sandbox::start(const std::vector<std::string>& arguments) {
  set_environment();
  std::vector<std::string> line = {program, "-f", config_path(), mount_point()};
  line.insert(line.end(), arguments.begin(), arguments.end());
  daemon_ = test::start(line, folder_ + "/log");
  int status = 0;
  bool ended = false;
  wait_until([&] {
    ended = ended || reap(daemon_, status);
    return ended || (is_mounted(mount_point()) && worker() != 0);
  });
  if (ended) return "lockfs ended with " + std::to_string(status_of(status)) + ": " + log();
  return is_mounted(mount_point()) ? std::string() : "lockfs did not mount: " + log();
}

int Sandbox::wait_for_daemon() { return wait_for(daemon_); }

std::string Sandbox::log() const { return read_file(folder_ + "/log"); }

bool Sandbox::logs(const std::string& text) const {
  return wait_until([&] { return log().find(text) != std::string::npos; });
}

// Our daemon's processes are those that have our mount point among their arguments.
std::vector<pid_t> Sandbox::find_all(const std::string& name) const {
  std::vector<pid_t> found = all();
  std::erase_if(found, [&](pid_t pid) { return !is_named(pid, name); });
  return found;
}

pid_t Sandbox::find(const std::string& name) const {
  const auto found = find_all(name);
  return found.empty() ? 0 : found.front();
}

std::vector<pid_t> Sandbox::all() const {
  std::vector<pid_t> found;
  DIR* proc = ::opendir("/proc");
  while (const dirent* entry = ::readdir(proc)) {
    const pid_t pid = std::atoi(entry->d_name);
    if (pid <= 0) continue;
    const std::string process = std::string("/proc/") + entry->d_name;
    const std::string arguments = read_file(process + "/cmdline");
    if (arguments.find("lockfs.conf") == std::string::npos) continue;
    // Who was given relative paths has the environment of set_environment().
    const bool ours =
        arguments.find(mount_point() + '\0') != std::string::npos ||
        read_file(process + "/environ").find("=" + folder_ + "/fault") != std::string::npos;
    if (ours) found.push_back(pid);
  }
  ::closedir(proc);
  return found;
}

void Sandbox::kill(pid_t pid, int signal) const {
  if (pid == 0 || ::kill(pid, signal) != 0) return;
  wait_until([&] {
    int status = 0;
    reap(pid, status);  // the first keeper is our child
    const std::string stat = read_file("/proc/" + std::to_string(pid) + "/stat");
    return stat.empty() || stat.find(") Z ") != std::string::npos;
  });
}

// The worker first: its process group is stopped, and the kernel would have it go on if its parent
// went.
void Sandbox::kill_together(pid_t keeper, pid_t worker) const {
  if (keeper <= 1 || worker <= 1) return;
  for (const pid_t pid : {keeper, worker}) {
    ::kill(pid, SIGSTOP);
    wait_until([pid] { return is_stopped(pid); });
  }
  for (const pid_t pid : {worker, keeper}) ::kill(pid, SIGKILL);
  for (const pid_t pid : {worker, keeper}) kill(pid);
}

void Sandbox::plant(const std::string& fault) const {
  std::ofstream(folder_ + "/fault.new") << fault << '\n';
  ::rename((folder_ + "/fault.new").c_str(), (folder_ + "/fault").c_str());
}

bool Sandbox::fault_is_planted() const { return ::access((folder_ + "/fault").c_str(), F_OK) == 0; }

std::vector<std::string> Sandbox::shell(const std::string& command) const {
  return {"bash", "-c",
          "export L=" + mount_point() + " D=" + folder_ + " LOCKFS_MOUNT=" + mount_point() + "; " +
              command};
}

pid_t Sandbox::start_sh(const std::string& command) {
  started_.push_back(test::start(shell(command), folder_ + "/log"));
  return started_.back();
}

int Sandbox::wait_for(pid_t pid) {
  int status = 0;
  const bool ended = wait_until([&] { return reap(pid, status); });
  if (!ended) kill_group(pid);
  std::erase(started_, pid);
  return ended ? status_of(status) : -1;
}

Ran Sandbox::sh(const std::string& command, std::chrono::seconds limit) const {
  const std::string output = folder_ + "/out." + std::to_string(::getpid());
  const pid_t child = test::start(shell(command), output);
  int status = 0;
  Ran ran;
  if (wait_until([&] { return reap(child, status); }, limit)) {
    ran.status = status_of(status);
  } else {
    kill_group(child);
  }
  ran.out = read_file(output);
  ::unlink(output.c_str());
  return ran;
}

bool Sandbox::status_has(const std::string& text) const {
  return status().find(text) != std::string::npos;
}

std::string why_no_mounts() {
  if (::access("/dev/fuse", R_OK | W_OK) != 0) return "/dev/fuse cannot be used";
  return ::geteuid() == 0 ? "" : "only root runs these tests";
}

}  // namespace lockfs::test

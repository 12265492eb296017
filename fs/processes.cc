#include "fs/processes.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "fs/descriptor.h"

namespace lockfs {
namespace {

constexpr std::size_t max_command_bytes = 4096;
constexpr std::size_t max_lineage = 1024;

std::string read_proc(pid_t pid, const char* file, std::size_t limit) {
  const std::string path = "/proc/" + std::to_string(pid) + "/" + file;
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text(limit, '\0');
  std::size_t size = 0;
  while (fd && size < limit) {
    const ssize_t got = ::read(fd.get(), text.data() + size, limit - size);
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
  }
  text.resize(size);
  return text;
}

// The number in the nth field behind the command's name of a /proc/PID/stat (the name is in
// parentheses and may hold anything; the field behind it counts as 3, as in proc(5)).
std::optional<std::int64_t> stat_field(std::string_view stat, int number) {
  const auto end_of_name = stat.rfind(')');
  if (end_of_name == std::string_view::npos) return std::nullopt;
  stat.remove_prefix(std::min(stat.size(), end_of_name + 2));
  for (int field = 3; field < number; ++field) {
    const auto blank = stat.find(' ');
    if (blank == std::string_view::npos) return std::nullopt;
    stat.remove_prefix(blank + 1);
  }
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(stat.data(), stat.data() + stat.size(), value);
  return error == std::errc{} ? std::optional(value) : std::nullopt;
}

std::optional<pid_t> thread_group(pid_t thread) {
  const std::string status = read_proc(thread, "status", 4096);
  const auto at = status.find("\nTgid:\t");
  if (at == std::string::npos) return std::nullopt;
  pid_t group = 0;
  const char* digits = status.data() + at + 7;
  const auto [end, error] = std::from_chars(digits, status.data() + status.size(), group);
  return error == std::errc{} ? std::optional(group) : std::nullopt;
}

std::int64_t from_ticks(std::int64_t ticks) {
  static const std::int64_t per_second = ::sysconf(_SC_CLK_TCK);
  return ticks * (1'000'000'000 / per_second);
}

}  // namespace

std::optional<Process> find_process(pid_t thread) {
  const auto pid = thread_group(thread);
  if (!pid) return std::nullopt;
  const std::string stat = read_proc(*pid, "stat", 4096);
  const auto parent = stat_field(stat, 4);
  const auto started = stat_field(stat, 22);
  if (!parent || !started) return std::nullopt;
  return Process{*pid, static_cast<pid_t>(*parent), from_ticks(*started)};
}

std::optional<std::int64_t> start_of(pid_t pid) {
  const auto started = stat_field(read_proc(pid, "stat", 4096), 22);
  return started ? std::optional(from_ticks(*started)) : std::nullopt;
}

std::optional<Process> find_opener(const Client& client) {
  auto process = find_process(client.thread);
  if (process && process->started > client.opened) return std::nullopt;
  return process;
}

std::vector<pid_t> lineage(pid_t thread) {
  std::vector<pid_t> pids;
  for (auto process = find_process(thread); process && pids.size() < max_lineage;
       process = find_process(process->parent)) {
    pids.push_back(process->pid);
    if (process->parent == 0) break;
  }
  return pids;
}

std::string command_line(pid_t pid) {
  std::string text = read_proc(pid, "cmdline", max_command_bytes);
  while (!text.empty() && text.back() == '\0') text.pop_back();
  if (text.empty()) {
    text = read_proc(pid, "comm", 64);
    if (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
  }
  std::replace(text.begin(), text.end(), '\0', ' ');
  return text;
}

}  // namespace lockfs

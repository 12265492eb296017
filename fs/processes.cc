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

// The number behind a name, and a tab, of a /proc/PID/status, skipping others before it.
template <class Number>
std::optional<Number> status_field(std::string_view status, std::string_view name, int skip = 0) {
  const std::string label = "\n" + std::string(name) + ":\t";
  auto at = status.find(label);
  if (at == std::string_view::npos) return std::nullopt;
  at += label.size();
  for (; skip > 0 && at != std::string_view::npos; --skip) at = status.find('\t', at) + 1;
  Number value = 0;
  const char* const last = status.data() + status.size();
  const auto [end, error] =
      std::from_chars(status.data() + std::min(at, status.size()), last, value);
  return error == std::errc{} ? std::optional(value) : std::nullopt;
}

std::optional<pid_t> thread_group(pid_t thread) {
  return status_field<pid_t>(read_proc(thread, "status", 4096), "Tgid");
}

// Nobody has waited for it yet, but it has no files any more.
bool has_ended(std::string_view stat) {
  const auto end_of_name = stat.rfind(')');
  const char state = end_of_name + 2 < stat.size() ? stat[end_of_name + 2] : 'X';
  return state == 'Z' || state == 'X';
}

std::int64_t from_ticks(std::int64_t ticks) {
  static const std::int64_t per_second = ::sysconf(_SC_CLK_TCK);
  return ticks * (1'000'000'000 / per_second);
}

}  // namespace

std::string read_proc(pid_t pid, const std::string& file, std::size_t limit) {
  const std::string path = "/proc/" + std::to_string(pid) + "/" + file;
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text(std::min<std::size_t>(limit, 4096), '\0');
  std::size_t size = 0;
  while (fd && size < limit) {
    if (size == text.size()) text.resize(std::min(limit, 2 * size));
    const ssize_t got = ::read(fd.get(), text.data() + size, text.size() - size);
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
  }
  text.resize(size);
  return text;
}

namespace {

// As /proc/PID/stat, without the times of all its threads, which the kernel would add up there: a
// process that waits in ten thousand of them is looked at for each.
std::string read_stat(pid_t pid) {
  return read_proc(pid, "task/" + std::to_string(pid) + "/stat", 4096);
}

}  // namespace

std::optional<Process> find_process(pid_t thread) {
  const auto pid = thread_group(thread);
  if (!pid) return std::nullopt;
  const std::string stat = read_stat(*pid);
  const auto parent = stat_field(stat, 4);
  const auto started = stat_field(stat, 22);
  if (!parent || !started || has_ended(stat)) return std::nullopt;
  return Process{*pid, static_cast<pid_t>(*parent), from_ticks(*started)};
}

std::optional<std::int64_t> start_of(pid_t pid) {
  const auto started = stat_field(read_stat(pid), 22);
  return started ? std::optional(from_ticks(*started)) : std::nullopt;
}

// Of the four: real, effective, saved, and that for files.
std::optional<uid_t> user_of(pid_t pid) {
  return status_field<uid_t>(read_proc(pid, "status", 4096), "Uid", 3);
}

const std::optional<Process>& Ancestry::find(pid_t pid) {
  const auto [known, is_new] = known_.try_emplace(pid);
  if (is_new) known->second = find_process(pid);
  return known->second;
}

std::vector<Process> Ancestry::of(pid_t thread, std::size_t limit) {
  std::vector<Process> processes;
  for (pid_t next = thread; next != 0 && processes.size() < limit;) {
    const auto& process = find(next);
    if (!process) break;
    processes.push_back(*process);
    next = process->parent;
  }
  return processes;
}

std::vector<pid_t> lineage(pid_t thread) {
  std::vector<pid_t> pids;
  for (const auto& process : Ancestry().of(thread, max_lineage)) pids.push_back(process.pid);
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

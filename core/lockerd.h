// lockerd's protocol (IPC::Locker): what a line says, and the bytes of the answers.
//
// Lines of words; the first word is a setting, which lasts as long as the connection, or a command.
// Whatever else stands there is ignored in silence, as the original does. Every answer that takes
// the place of a status block ends as one does, so that a client that keeps its connection open
// knows where it ends. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/types.h"

namespace lockfs::lockerd {

inline constexpr std::size_t max_names = 64;
inline constexpr std::size_t max_word = 255;

// What the connection has said so far. Too long a word or list is kept one longer than allowed:
// find_fault() then says so.
struct Settings {
  std::string user;
  std::vector<std::string> locks = {"lock"};  // each once, never empty
  bool block = false;
  WallTime timeout = 0;  // the longest hold, in nanoseconds; 0: none
  bool autounlock = false;
  pid_t pid = 0;  // 0: none that could be one
  std::string host;
};

enum class Verb : std::uint8_t {
  lock,
  unlock,
  status,
  break_lock,
  lock_list,
  version,
  dead_pid,
  restart,
  end,
};

struct Command {
  Verb verb = Verb::end;
  std::string host;  // of a dead process
  pid_t pid = 0;
};

// Reads one line, without its end: a setting goes into `settings`, a command is returned.
std::optional<Command> read_line(std::string_view line, Settings& settings);

// Why nothing can be done by these settings, in the word for `error`; empty if it can.
std::string_view find_fault(const Settings& settings, bool needs_user);

// How a lock stands with the one who asks.
struct Standing {
  std::string owner;  // empty: nobody's
  std::string lock;   // the one that the asking user holds; empty: none
};

std::string status_block(const Standing& standing);
std::string waiting(std::string_view owner);
std::string obtained();
std::string broke(std::string_view owner);
std::string autounlock_check(std::string_view lock, std::string_view host, pid_t pid);
std::string list_entry(std::string_view lock, std::string_view owner);
std::string list_end();
std::string version(WallTime started);
std::string error(std::string_view word);

}  // namespace lockfs::lockerd

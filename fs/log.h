// The daemon's log: spdlog to stderr, syslog or a file, written by a thread of its own, so that a
// slow disk or syslog delays no lock.
#pragma once

#include <string>
#include <string_view>

#include "core/effect.h"

namespace lockfs {

struct LogSettings {
  std::string target = "stderr";  // "stderr", "syslog" or a file's absolute path
  bool debug = false;
  bool threaded =
      true;  // false: written by whoever logs (the keeper, which forks, and has nothing to do)
};

// Makes the process's default log. False, and the old one stays, if the file cannot be opened.
bool open_log(const LogSettings& settings);
// Writes out what is left. Nothing may be logged afterwards.
void close_log();

// A level by name (trace, debug, info, warning, error, critical, off); false if there is none such.
bool set_log_level(std::string_view name);

// What happened to the locks: commands, marks and what was broken at level info, everything else at
// debug.
void log_notice(const NoticeText& told);

}  // namespace lockfs

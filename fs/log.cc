#include "fs/log.h"

#include <spdlog/async.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/sinks/syslog_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>

#include "core/table_view.h"

namespace lockfs {
namespace {

constexpr std::array<std::string_view, 7> levels = {"trace", "debug",    "info", "warning",
                                                    "error", "critical", "off"};

spdlog::sink_ptr make_sink(const std::string& target) {
  if (target == "syslog") {
    auto sink =
        std::make_shared<spdlog::sinks::syslog_sink_mt>("lockfs", LOG_PID, LOG_DAEMON, true);
    sink->set_pattern("%v");
    return sink;
  }
  if (target == "stderr") {
    auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    sink->set_pattern("lockfs: %l: %v");
    return sink;
  }
  auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(target);
  sink->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l: %v");
  return sink;
}

}  // namespace

bool open_log(const LogSettings& settings) {
  constexpr std::size_t max_lines = 8192;  // beyond, the oldest unwritten ones go
  try {
    std::shared_ptr<spdlog::logger> logger;
    if (settings.threaded) {
      spdlog::init_thread_pool(max_lines, 1);
      logger = std::make_shared<spdlog::async_logger>(
          "lockfs", make_sink(settings.target), spdlog::thread_pool(),
          spdlog::async_overflow_policy::overrun_oldest);
    } else {
      logger = std::make_shared<spdlog::logger>("lockfs", make_sink(settings.target));
    }
    logger->set_level(settings.debug ? spdlog::level::debug : spdlog::level::info);
    logger->flush_on(spdlog::level::info);
    spdlog::set_default_logger(std::move(logger));
    return true;
  } catch (const spdlog::spdlog_ex&) {
    return false;
  }
}

void close_log() { spdlog::shutdown(); }

bool set_log_level(std::string_view name) {
  const auto* const found = std::find(levels.begin(), levels.end(), name);
  if (found == levels.end()) return false;
  spdlog::set_level(static_cast<spdlog::level::level_enum>(found - levels.begin()));
  return true;
}

void log_notice(const Notice& notice) {
  const auto level =
      notice.kind == NoticeKind::command ? spdlog::level::info : spdlog::level::debug;
  if (!spdlog::should_log(level)) return;
  if (notice.kind == NoticeKind::command) {
    spdlog::info("command \"{}\" by uid {}, process {}: {} {}", as_text(notice.subject),
                 notice.client.uid, notice.client.thread, to_string(notice.outcome.code),
                 notice.outcome.text);
  } else {
    spdlog::debug("{}: {}, uid {}, thread {}, token {}", notice.subject, to_string(notice.kind),
                  notice.client.uid, notice.client.thread, notice.token);
  }
}

}  // namespace lockfs

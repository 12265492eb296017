#include "fs/log.h"

#include <spdlog/async.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/sinks/syslog_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>

#include "core/expression.h"
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

namespace {

// A hold that was broken, or a mark: they are also set without a command.
void log_mark(const NoticeText& told) {
  const Notice& notice = told.notice;
  const bool of_unit = notice.kind == NoticeKind::offline || notice.kind == NoticeKind::online;
  std::string text = std::string(told.lock()) +
                     (of_unit ? "@" + encode_address(std::string(told.unit())) : "") + ": " +
                     std::string(to_string(notice.kind));
  if (notice.kind == NoticeKind::broken) {
    text += fmt::format(", token {}, which uid {} held (process {})", notice.token,
                        notice.client.uid, notice.client.thread);
  }
  if (notice.by) text += fmt::format(", by uid {}", *notice.by);
  if (notice.words.size > 0) text += ": " + as_text(told.of(notice.words));
  spdlog::info("{}", text);
}

void log_cleaning(const NoticeText& told) {
  spdlog::debug("{}@{}: {}", told.lock(), encode_address(std::string(told.unit())),
                to_string(told.notice.kind));
}

void log_deadlock(const NoticeText& told) {
  const Notice& notice = told.notice;
  spdlog::warn("deadlock: uid {}, process {} waits for {} in a circle, {}{}", notice.client.uid,
               notice.client.thread, told.lock(), told.of(notice.answer),
               notice.reason == Reason::none ? "" : ": its request fails");
}

void log_overdue(const NoticeText& told) {
  const Notice& notice = told.notice;
  spdlog::warn("{}: overdue, token {}, which uid {} holds (process {}): {}", told.lock(),
               notice.token, notice.client.uid, notice.client.thread, told.of(notice.words));
}

bool is_mark(NoticeKind kind) {
  return kind == NoticeKind::broken || kind == NoticeKind::offline || kind == NoticeKind::online ||
         kind == NoticeKind::draining || kind == NoticeKind::undrained;
}

}  // namespace

void log_notice(const NoticeText& told) {
  const Notice& notice = told.notice;
  if (is_mark(notice.kind)) return log_mark(told);
  if (notice.kind == NoticeKind::deadlock) return log_deadlock(told);
  if (notice.kind == NoticeKind::overdue) return log_overdue(told);
  if (notice.kind == NoticeKind::cleaning || notice.kind == NoticeKind::cleaned) {
    return log_cleaning(told);
  }
  const bool command = notice.kind == NoticeKind::command;
  const auto level = command ? spdlog::level::info : spdlog::level::debug;
  if (!spdlog::should_log(level)) return;
  if (command) {
    spdlog::info("command \"{}\" by uid {}, process {}: {} {}", as_text(told.of(notice.words)),
                 notice.client.uid, notice.client.thread, to_string(notice.code),
                 told.of(notice.answer));
  } else if (notice.kind == NoticeKind::noted) {
    spdlog::debug("{}: noted \"{}\", uid {}, thread {}, token {}", told.lock(),
                  as_text(told.of(notice.words)), notice.client.uid, notice.client.thread,
                  notice.token);
  } else {
    spdlog::debug("{}: {}, uid {}, thread {}, token {}", told.lock(), to_string(notice.kind),
                  notice.client.uid, notice.client.thread, notice.token);
  }
}

}  // namespace lockfs

#include "fs/first_start.h"

#include <spdlog/spdlog.h>

#include <cerrno>
#include <cstring>
#include <iostream>
#include <memory>
#include <utility>
#include <vector>

#include "core/engine.h"
#include "core/event_ring.h"
#include "fs/clock.h"
#include "fs/configuration.h"
#include "fs/daemon.h"
#include "fs/journal.h"
#include "fs/log.h"
#include "fs/mounting.h"
#include "fs/socket_door.h"
#include "fs/stale_mount.h"
#include "fs/state_folder.h"

namespace lockfs {
namespace {

// In the background syslog by default, in front the terminal.
std::string log_target(const Options& options, const std::string& configured) {
  return !configured.empty() ? configured : options.foreground ? "stderr" : "syslog";
}

bool show_faults(const LoadedConfiguration& loaded) {
  for (const auto& warning : loaded.warnings) std::cerr << "lockfs: warning: " << warning << '\n';
  for (const auto& error : loaded.errors) std::cerr << "lockfs: " << error << '\n';
  return loaded.errors.empty();
}

// The log may be where nobody looks: whoever starts lockfs is told too.
void clear_dead_mounts(const std::string& path, const std::string& log_target) {
  if (!detach_dead_mounts(path)) return;
  const std::string text = path + ": the lockfs that was mounted there had died, with its locks; " +
                           "its mount was taken away";
  spdlog::warn(text);
  if (log_target != "stderr") std::cerr << "lockfs: warning: " << text << '\n';
}

// With the tokens and marks that outlived the mount before.
std::unique_ptr<Engine> first_engine(const LoadedConfiguration& loaded,
                                     const std::string& state_file, Effects& effects) {
  const auto now = wall_now();
  const auto reserved = start_tokens(state_file, now);
  if (!reserved.trouble.empty()) spdlog::error("{}; locking goes on", reserved.trouble);
  auto engine = std::make_unique<Engine>(loaded.policy, now, reserved.last_token);
  engine->apply(now, event::SetMarks{reserved.marks}, effects);
  for (const auto& notice : effects.notices) log_notice(effects.told(notice));
  return engine;
}

Descriptor begin_journal(const JournalSettings& settings, const RawRequest& fuse_init,
                         const LoadedConfiguration& loaded) {
  Effects effects;
  const auto engine = first_engine(loaded, settings.state_file, effects);
  auto journal = Journal::create(settings, fuse_init, *engine);
  EventRing events(journal.event_room());
  for (const auto& notice : effects.notices) events.push(effects.told(notice));
  return journal.take_descriptor();
}

}  // namespace

std::optional<Holdings> set_up(const Options& options, Background& background, std::string& error) {
  const auto loaded = load_configuration(options.config, options.lax_accounts);
  if (!show_faults(loaded)) return std::nullopt;
  if (!options.foreground) background.enter();
  const std::string target = log_target(options, loaded.settings.log);
  if (!open_log({target, options.logs_everything(), false})) {
    error = "cannot write the log " + target + ": " + std::strerror(errno);
    return std::nullopt;
  }
  std::vector<std::string> door_errors;
  auto doors = open_doors(loaded.policy.doors, door_errors);
  if (!door_errors.empty()) {
    error = door_errors.front();
    return std::nullopt;
  }
  clear_dead_mounts(options.mount_point, target);
  // From here on somebody has to unmount: a signal waits for the keeper.
  Signals::block(Daemon::signals());
  auto mounted = mount(
      {options.mount_point, options.mount_options, options.make_mount_point, options.debug}, error);
  if (!mounted) return std::nullopt;
  const JournalSettings settings{
      .log_target = target,
      .stop_timeout_s = loaded.settings.stop_timeout.count(),
      .mount_point = options.mount_point,
      .state_file = state_file(loaded.settings.state, options.mount_point),
      .history = loaded.settings.history};
  auto journal = begin_journal(settings, mounted->fuse_init, loaded);
  return Holdings{std::move(mounted->fuse), std::move(journal), {}, std::move(doors)};
}

}  // namespace lockfs

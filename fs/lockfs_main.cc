// lockfs: mounts a filesystem whose files are locks.
#include <spdlog/spdlog.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <iostream>

#include "fs/background.h"
#include "fs/configuration.h"
#include "fs/daemon.h"
#include "fs/log.h"
#include "fs/options.h"

namespace {

using lockfs::LoadedConfiguration;
using lockfs::Options;

int fail(const std::string& reason) {
  std::cerr << "lockfs: " << reason << '\n';
  return 1;
}

// In the background syslog by default, in front the terminal.
bool start_log(const Options& options, const std::string& configured) {
  const std::string target =
      !configured.empty() ? configured : options.foreground ? "stderr" : "syslog";
  return lockfs::open_log({target, options.verbose || options.debug});
}

bool show_faults(const LoadedConfiguration& loaded) {
  for (const auto& warning : loaded.warnings) std::cerr << "lockfs: warning: " << warning << '\n';
  for (const auto& error : loaded.errors) std::cerr << "lockfs: " << error << '\n';
  return loaded.errors.empty();
}

int serve(const Options& options, const LoadedConfiguration& loaded,
          lockfs::Background& background) {
  lockfs::Daemon daemon(options, loaded);
  if (const auto error = daemon.mount(); !error.empty()) return fail(error);
  lockfs::PidFile pid_file(options.pid_file);
  if (!pid_file.write()) return fail(options.pid_file + ": " + std::strerror(errno));
  background.ready();
  spdlog::info("mounted on {}", options.mount_point);
  daemon.run();
  spdlog::info("left {}", options.mount_point);
  return 0;
}

int run(const Options& options, const LoadedConfiguration& loaded) {
  lockfs::Background background;
  if (!options.foreground) background.enter();
  lockfs::Signals::block(lockfs::Daemon::signals());
  if (!start_log(options, loaded.settings.log)) {
    return fail("cannot write the log " + loaded.settings.log + ": " + std::strerror(errno));
  }
  const int status = serve(options, loaded, background);
  lockfs::close_log();
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  const auto parsed = lockfs::parse_options(argc, argv, std::cout, std::cerr);
  if (parsed.exit_status) return *parsed.exit_status;
  try {
    const auto loaded =
        lockfs::load_configuration(parsed.options.config, parsed.options.lax_accounts);
    if (!show_faults(loaded)) return 1;
    return run(parsed.options, loaded);
  } catch (const std::exception& e) {
    return fail(e.what());
  }
}

#include "fs/options.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <ostream>
#include <string_view>

#include "fs/mounts.h"
#include "fs/version.h"

namespace lockfs {
namespace {

// What stands in fstab for mount(8) alone.
constexpr std::array<std::string_view, 13> for_mount_only = {
    "defaults", "rw",    "auto",    "noauto", "user",  "nouser", "users",
    "owner",    "group", "_netdev", "nofail", "async", "sync"};

bool is_for_mount_only(std::string_view option) {
  return option.empty() || option.substr(0, 2) == "x-" || option.substr(0, 8) == "comment=" ||
         std::find(for_mount_only.begin(), for_mount_only.end(), option) != for_mount_only.end();
}

// -o takes lockfs's own long options too, for fstab has no other place for them.
struct OwnOption {
  std::string_view key;
  void (*take)(Options& options, const std::string& value);
};

constexpr OwnOption own_options[] = {
    {"config", [](Options& options, const std::string& value) { options.config = value; }},
    {"pid_file", [](Options& options, const std::string& value) { options.pid_file = value; }},
    {"lax_accounts", [](Options& options, const std::string&) { options.lax_accounts = true; }},
    // mount(8)'s name for it
    {"X-mount.mkdir",
     [](Options& options, const std::string&) { options.make_mount_point = true; }},
};

bool take_own(const std::string& option, Options& options) {
  const auto equals = option.find('=');
  const auto* const own =
      std::find_if(std::begin(own_options), std::end(own_options), [&](const OwnOption& each) {
        return each.key == std::string_view(option).substr(0, equals);
      });
  if (own == std::end(own_options)) return false;
  own->take(options, equals == std::string::npos ? "" : option.substr(equals + 1));
  return true;
}

void take_mount_options(const std::vector<std::string>& lists, Options& options) {
  for (const auto& list : lists) {
    for (const auto& option : CLI::detail::split(list, ',')) {
      if (!is_for_mount_only(option) && !take_own(option, options)) {
        options.mount_options.push_back(option);
      }
    }
  }
}

// /etc/lockfs.conf, of an ordinary user's mount ~/.config/lockfs.conf; none if it is not there.
std::string default_config() {
  std::filesystem::path folder = "/etc";
  if (::geteuid() != 0) {
    const char* config = std::getenv("XDG_CONFIG_HOME");
    const char* home = std::getenv("HOME");
    if (config != nullptr && *config == '/') {
      folder = config;
    } else if (home != nullptr) {
      folder = std::filesystem::path(home) / ".config";
    }
  }
  const auto path = folder / "lockfs.conf";
  std::error_code error;
  return std::filesystem::exists(path, error) ? path.string() : std::string();
}

std::string absolute(const std::string& path) {
  return path.empty() ? path : std::filesystem::absolute(path).lexically_normal().string();
}

// Everything is made absolute: in the background the daemon stands in /.
std::string finish(Options& options, std::vector<std::string> paths, bool config_given) {
  if (paths.empty()) return "no mount point was given";
  // As of an unset variable.
  if (paths.front().empty() || paths.back().empty()) return "a path is empty";
  options.mount_point = resolve_mount_point(paths.back());
  // mount(8) passes the source field of fstab, which may say that there is none
  if (paths.size() == 2 && paths.front() != "none" && paths.front() != "lockfs") {
    if (config_given) return "the configuration was given twice: " + paths.front();
    options.config = paths.front();
  }
  options.config = options.config.empty() ? default_config() : absolute(options.config);
  options.pid_file = absolute(options.pid_file);
  return {};
}

}  // namespace

ParsedOptions parse_options(int argc, const char* const* argv, std::ostream& out,
                            std::ostream& err) {
  ParsedOptions parsed;
  Options& options = parsed.options;
  std::vector<std::string> paths;
  std::vector<std::string> lists;
  unsigned timeout = 0;
  CLI::App app{"Mounts a filesystem whose files are locks.", "lockfs"};
  app.set_version_flag("--version", std::string("lockfs ") + version());
  app.add_option("paths", paths, "the configuration, if any, and the mount point")
      ->expected(1, 2)
      ->type_name("[CONFIG] MOUNTPOINT");
  app.add_option("--config", options.config, "the configuration file")->type_name("FILE");
  app.add_option("-o", lists, "mount options, separated by commas")
      ->type_name("OPTS")
      ->allow_extra_args(false);  // what follows may be the mount point
  app.add_flag("-f", options.foreground, "stay in the foreground");
  app.add_flag("-d", options.debug, "stay in the foreground and show every request");
  app.add_flag("-v,--verbose", options.verbose, "log every wait, grant and release");
  app.add_option("--pid-file", options.pid_file, "write the daemon's process id here")
      ->type_name("FILE");
  app.add_option("--timeout", timeout, "leave once nobody has had a file open for so many seconds")
      ->check(CLI::Range(1U, 31536000U))
      ->type_name("SECONDS");
  app.add_flag("--lax-accounts", options.lax_accounts,
               "warn of unknown users and groups in the configuration");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    parsed.exit_status = app.exit(e, out, err) == 0 ? 0 : 2;
    return parsed;
  }
  if (timeout != 0) options.idle_timeout = std::chrono::seconds(timeout);
  take_mount_options(lists, options);
  options.foreground = options.foreground || options.debug;
  if (const auto fault = finish(options, paths, !options.config.empty()); !fault.empty()) {
    err << "lockfs: " << fault << "\nRun with --help for more information.\n";
    parsed.exit_status = 2;
  }
  return parsed;
}

std::vector<std::string_view> own_mount_options() {
  std::vector<std::string_view> keys;
  for (const auto& option : own_options) keys.push_back(option.key);
  return keys;
}

std::vector<std::string> to_arguments(const Options& options) {
  std::vector<std::string> arguments;
  const auto add = [&](bool wanted, std::initializer_list<std::string> words) {
    if (wanted) arguments.insert(arguments.end(), words);
  };
  add(!options.config.empty(), {"--config", options.config});
  for (const auto& option : options.mount_options) add(true, {"-o", option});
  add(options.foreground, {"-f"});
  add(options.debug, {"-d"});
  add(options.verbose, {"-v"});
  add(options.lax_accounts, {"--lax-accounts"});
  add(!options.pid_file.empty(), {"--pid-file", options.pid_file});
  if (options.idle_timeout) {
    add(true, {"--timeout", std::to_string(options.idle_timeout->count())});
  }
  add(true, {options.mount_point});
  return arguments;
}

}  // namespace lockfs

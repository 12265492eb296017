// lockfs's command line.
#pragma once

#include <chrono>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lockfs {

struct Options {
  std::string config;  // empty: none
  std::string mount_point;
  std::vector<std::string> mount_options;
  bool make_mount_point = false;
  bool foreground = false;
  bool debug = false;
  bool verbose = false;
  bool lax_accounts = false;
  std::string pid_file;
  std::optional<std::chrono::seconds> idle_timeout;

  bool logs_everything() const { return verbose || debug; }
};

struct ParsedOptions {
  Options options;
  std::optional<int> exit_status;  // set: nothing more to do, all has been said
};

// Says what there is to say (help, version, errors) to `out` and `err`.
ParsedOptions parse_options(int argc, const char* const* argv, std::ostream& out,
                            std::ostream& err);

// What -o takes that is lockfs's own, without the values.
std::vector<std::string_view> own_mount_options();

// A command line that gives these options wherever it is run; without the program's name.
std::vector<std::string> to_arguments(const Options& options);

}  // namespace lockfs

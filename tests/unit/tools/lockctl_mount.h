// A folder that looks like a mount, for lockctl: plain files in the places of the daemon's, on
// which flock(2) works as the kernel does it. Gone, with all in it, when its owner goes.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tools/lockctl.h"

namespace lockfs {

struct Said {
  int status = -1;
  std::string out;
  std::string err;
};

inline Said say(const std::vector<std::string>& args) {
  std::ostringstream out;
  std::ostringstream err;
  const int status = lockctl(args, {out, err});
  return {status, out.str(), err.str()};
}

class FakeMount {
 public:
  FakeMount() {
    std::string path = std::filesystem::temp_directory_path() / "lockctl-test-XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) std::abort();
    folder_ = path;
    std::filesystem::create_directory(folder_ / ".json");
    std::filesystem::create_directory(folder_ / ".mine");
    write(".ctl", "");
  }
  FakeMount(const FakeMount&) = delete;
  FakeMount& operator=(const FakeMount&) = delete;
  ~FakeMount() { std::filesystem::remove_all(folder_); }

  std::string path() const { return folder_.string(); }
  std::string path(const std::string& file) const { return (folder_ / file).string(); }

  void write(const std::string& file, const std::string& text) const {
    std::ofstream(folder_ / file) << text;
  }
  std::string read(const std::string& file) const {
    std::ostringstream text;
    text << std::ifstream(folder_ / file).rdbuf();
    return text.str();
  }

  // lockctl on this mount.
  Said operator()(std::vector<std::string> args) const {
    args.insert(args.begin(), {"--mount", path()});
    return say(args);
  }

 private:
  std::filesystem::path folder_;
};

// A holder as it stands in a unit's "holders".
inline std::string holder_json(const std::string& user, long pid, int token) {
  return R"({"mode": "ex", "user": ")" + user + R"(", "uid": 1000, "host": null, "pid": )" +
         std::to_string(pid) + R"(, "via": "flock", "since": "2026-11-21T10:04:02+01:00",)" +
         R"( "command": "sh flash.sh", "token": )" + std::to_string(token) + "}";
}

inline std::string unit_json(const std::string& name, const std::string& holders) {
  return R"({"name": ")" + name + R"(", "state": "held", "since": "2026-11-21T10:04:02+01:00",)" +
         R"( "holders": [)" + holders + "]}";
}

inline std::string lock_json(const std::string& name, const std::string& units) {
  return R"({"name": ")" + name + R"(", "kind": "board", "description": "", "retired": false,)" +
         R"( "units": [)" + units + R"(], "waiters": []})";
}

}  // namespace lockfs

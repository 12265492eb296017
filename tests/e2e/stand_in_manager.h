// A stand-in for the service manager: reads the notification socket, keeps the descriptors that it
// is given, and passes them to the next start. While it lives the environment names its socket.
#pragma once

#include <sys/socket.h>

#include <map>
#include <string>
#include <vector>

namespace lockfs::test {

class Manager {
 public:
  explicit Manager(const std::string& folder);
  ~Manager();
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  // How often this line came, of all there was to read.
  long heard(const std::string& line);
  bool waits_for(const std::string& line, long times = 1);
  bool keeps(const std::string& name);
  // What a shell has to put before a command to pass it what is kept.
  std::string passing();

 private:
  bool receive_one();
  void take(const std::string& text, int fd);

  int socket_;
  std::vector<std::string> lines_;
  std::map<std::string, int> kept_;
};

}  // namespace lockfs::test

// Client processes that lock, wait, give up and die against a mount, and check exclusion among
// themselves through shared memory.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace lockfs::test {

class Clients {
 public:
  // Starts `count` of them on these files; each goes on until stop().
  Clients(const std::vector<std::string>& files, int count, unsigned seed);
  ~Clients();
  Clients(const Clients&) = delete;
  Clients& operator=(const Clients&) = delete;

  // Kills one with SIGKILL, wherever it is, and starts another in its place.
  void replace_one(unsigned choice);
  // Ends them all in good order; what went wrong, or nothing.
  std::string stop();

  std::uint64_t locked() const;
  // How many times somebody found the lock held by who must not, and calls that failed
  // unexpectedly.
  std::string fault() const;

 private:
  static constexpr std::size_t max_files = 16;
  static constexpr std::size_t max_clients = 32;

  // Who holds a file, by client: so that a killed client's hold can be struck off.
  struct Shared {
    std::atomic<bool> stop;
    std::atomic<std::uint64_t> locked;
    std::atomic<std::uint32_t> holds[max_files][max_clients];  // 0, or 1 shared, 2 exclusive
    std::atomic<bool> faulty;
    char fault[256];
  };

  void run(std::size_t client, unsigned seed);
  void run_once(std::size_t client, unsigned& seed);
  std::vector<std::size_t> choose_files(unsigned& seed) const;
  std::string path_of(const std::vector<std::size_t>& files) const;
  void check_alone(std::size_t file, std::size_t client, bool exclusive);
  void check_all_alone(const std::vector<std::size_t>& files, std::size_t client, bool exclusive);
  void report(const std::string& what);
  void start(std::size_t client);

  std::vector<std::string> files_;
  unsigned seed_;
  Shared* shared_;
  std::vector<pid_t> pids_;
};

}  // namespace lockfs::test

// lockerd's protocol: the same clients against lockfs and, where it is installed, IPC::Locker's own
// lockerd. The figures are microseconds for each pair of LOCK and UNLOCK, or each hand-over.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <string_view>

#include "tests/bench/cases.h"
#include "tests/bench/locking.h"
#include "tests/bench/mount.h"
#include "tests/bench/process.h"
#include "tests/bench/shared.h"
#include "tests/harness/door_client.h"

namespace lockfs::bench {
namespace {

using test::DoorClient;

constexpr double contest_us = 300'000;

std::string has(const std::string& user, const std::string& lock) {
  return "owner " + user + "\nlocked 1\nlockname " + lock + "\n\n\n";
}
const std::string nobody = "owner \nlocked 0\n\n\n";

void expect(const std::string& heard, const std::string& expected) {
  if (heard != expected) fail("lockerd's protocol: \"" + heard + "\" for \"" + expected + "\"");
}

// One pair with a connection for each request, as the Perl client does it.
void pair_of_connections(const std::string& address, const std::string& lock) {
  expect(test::lockerd_request(address, lock, lock, "LOCK"), has(lock, lock));
  expect(test::lockerd_request(address, lock, lock, "UNLOCK"), nobody);
}

// One pair through a connection that knows what it is about.
void pair_of_lines(DoorClient& client, const std::string& lock) {
  const std::string locked = has(lock, lock);
  client.say("LOCK\n");
  expect(client.hear(locked.size()), locked);
  client.say("UNLOCK\n");
  expect(client.hear(nobody.size()), nobody);
}

// Microseconds for a pair, of so many clients at once, each with a lock of its own.
double pair_us(const std::string& address, int clients, bool kept) {
  const Shared<std::atomic<int>> pairs;
  const Shared<std::atomic<double>> end;
  Team team(clients, [&](int number) {
    const std::string lock = "l" + std::to_string(number);
    DoorClient client(address);
    client.say("user " + lock + "\nlocks " + lock + "\n");
    while (now_us() < *end) {
      kept ? pair_of_lines(client, lock) : pair_of_connections(address, lock);
      ++*pairs;
    }
  });
  const double start = now_us();
  *end = start + contest_us;
  team.go();
  team.wait_for_all();
  return (now_us() - start) / std::max(1, pairs->load());
}

// Connections that wait for a lock which somebody has. All are gone with their owner.
class Parked {
 public:
  Parked(const std::string& address, int count) : holder_(address) {
    lock(holder_, "holder", has("holder", "parked"));
    for (int i = 0; i < count; ++i) {
      waiters_.push_back(std::make_unique<DoorClient>(address));
      lock(*waiters_.back(), "w" + std::to_string(i), "print_waiting holder\n");
    }
  }
  ~Parked() {
    for (auto& waiter : waiters_) waiter->hang_up();
    holder_.say("UNLOCK\nEOF\n");
    holder_.hear_all();
  }
  Parked(const Parked&) = delete;
  Parked& operator=(const Parked&) = delete;

  // Microseconds for each hand-over, until each has had it.
  double drain_us() {
    const double start = now_us();
    holder_.say("UNLOCK\n");
    for (std::size_t i = 0; i < waiters_.size(); ++i) {
      const std::string got = "print_obtained\n" + has("w" + std::to_string(i), "parked");
      expect(waiters_[i]->hear(got.size()), got);
      waiters_[i]->say("UNLOCK\n");
    }
    return (now_us() - start) / static_cast<double>(waiters_.size());
  }

 private:
  static void lock(DoorClient& client, const std::string& user, const std::string& answer) {
    client.say(test::lockerd_lines(user, "parked", "LOCK", "block 1\n"));
    expect(client.hear(answer.size()), answer);
  }

  DoorClient holder_;
  std::vector<std::unique_ptr<DoorClient>> waiters_;
};

// The original, found as the shell would; none: only lockfs's own figures are stated.
class Original {
 public:
  explicit Original(int port) : address("127.0.0.1:" + std::to_string(port)) {
    const char* path = std::getenv("PATH");
    std::istringstream folders(path == nullptr ? "" : path);
    for (std::string folder; program_.empty() && std::getline(folders, folder, ':');) {
      if (::access((folder + "/lockerd").c_str(), X_OK) == 0) program_ = folder + "/lockerd";
    }
    if (program_.empty()) return;
    process_ = spawn({program_, "--nofork", "--host", "localhost", "--port", std::to_string(port)});
    wait_until("lockerd listens", [&] { return DoorClient(address).connected(); });
  }
  ~Original() {
    if (process_ == 0) return;
    ::kill(process_, SIGKILL);
    ends(process_, std::chrono::seconds(10));
  }
  Original(const Original&) = delete;
  Original& operator=(const Original&) = delete;

  bool runs() const { return process_ != 0; }
  const std::string address;

 private:
  std::string program_;
  pid_t process_ = 0;
};

struct Doors {
  std::string lockfs;
  const Original* original;

  // The same against both, if there are both.
  template <class Measure>
  Comparison set_against(const std::string& figure, Measure measure,
                         std::optional<double> at_most = std::nullopt) const {
    std::vector<Subject> subjects{{"lockfs", [=, this] { return measure(lockfs); }}};
    if (original->runs()) {
      subjects.push_back({"lockerd", [=, this] { return measure(original->address); }});
    }
    const auto all = measure_in_turns(subjects, 9);
    return original->runs() ? compare(figure, "us", all[0], all[1], at_most)
                            : state(figure, "us", all[0]);
  }
};

void add_pairs(const Doors& doors, Figures& figures) {
  for (const int clients : {1, 8, 64}) {
    for (const bool kept : {false, true}) {
      const auto at_most = clients == 1 ? 1.0 / 5 : 1.0 / 8;
      const bool expected = !kept && clients != 8;
      figures.push_back(doors.set_against(
          "pair, " + std::to_string(clients) + (kept ? " kept open" : " reconnecting"),
          [=](const std::string& address) { return pair_us(address, clients, kept); },
          expected ? std::optional(at_most) : std::nullopt));
    }
  }
}

void add_parked(const Doors& doors, Figures& figures) {
  const auto with_parked = [&](int parked) {
    return [&doors, parked] {
      const Parked waiters(doors.lockfs, parked);
      return pair_us(doors.lockfs, 1, false);
    };
  };
  const auto all = measure_in_turns(
      {{"with 1,000 parked", with_parked(1000)}, {"with none", with_parked(0)}}, 9);
  figures.push_back(compare("pair, 1 reconnecting", "us", all[0], all[1], 1.2));
}

}  // namespace

Figures measure_doors(const std::string& folder) {
  const std::string address = "127.0.0.1:" + std::to_string(test::free_port());
  const Mount lockfs = Mount::lockfs(folder, "listen = " + address + "\n");
  const Original original(test::free_port());
  const Doors doors{address, &original};
  Figures figures;
  add_pairs(doors, figures);
  add_parked(doors, figures);
  for (const int waiters : {10, 100, 1000}) {
    figures.push_back(
        doors.set_against("hand-over, " + std::to_string(waiters) + " connections",
                          [=](const std::string& at) { return Parked(at, waiters).drain_us(); }));
  }
  return figures;
}

}  // namespace lockfs::bench

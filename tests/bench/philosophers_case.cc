// The dining philosophers: each needs the forks to both sides of his plate, and eats for a
// millisecond, again and again. How many meals there are, and how long one waited longest.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

#include "tests/bench/cases.h"
#include "tests/bench/locking.h"
#include "tests/bench/mount.h"
#include "tests/bench/process.h"
#include "tests/bench/shared.h"

namespace lockfs::bench {
namespace {

constexpr int most = 500;
constexpr useconds_t meal_us = 1000;
constexpr double dinner_us = 500'000;

struct Table {
  std::atomic<double> end;  // of the dinner
  std::atomic<int> meals[most];
  std::atomic<double> longest_wait[most];
};

std::string fork_name(int number) { return "fork" + std::to_string(number); }

// One way to get two forks.
class Seat {
 public:
  virtual ~Seat() = default;
  virtual void take() = 0;
  virtual void put_back() = 0;
};

// Both at once, as a set.
class Together : public Seat {
 public:
  Together(const Mount& mount, int left, int right)
      : both_(open_file(mount.path(fork_name(left) + "+" + fork_name(right)), O_RDONLY)) {}
  void take() override { lock(both_); }
  void put_back() override { unlock(both_); }

 private:
  Descriptor both_;
};

// The one with the smaller number first.
class InOrder : public Seat {
 public:
  InOrder(const Mount& mount, int left, int right)
      : first_(open_file(mount.path(fork_name(std::min(left, right))), O_RDONLY)),
        second_(open_file(mount.path(fork_name(std::max(left, right))), O_RDONLY)) {}
  void take() override {
    lock(first_);
    lock(second_);
  }
  void put_back() override {
    unlock(second_);
    unlock(first_);
  }

 private:
  Descriptor first_;
  Descriptor second_;
};

// As a script with flock -n does: who does not get both puts back the first, sleeps, and tries
// again.
class Trying : public Seat {
 public:
  Trying(const Mount& mount, int left, int right)
      : left_(open_file(mount.path(fork_name(left)), O_RDONLY)),
        right_(open_file(mount.path(fork_name(right)), O_RDONLY)),
        seed_(static_cast<unsigned>(left)) {}
  void take() override {
    for (useconds_t pause = 1000; !take_both(); pause = std::min<useconds_t>(2 * pause, 64'000)) {
      ::usleep(pause / 2 + static_cast<unsigned>(::rand_r(&seed_)) % pause);
    }
  }
  void put_back() override {
    unlock(right_);
    unlock(left_);
  }

 private:
  static bool try_lock(const Descriptor& file) {
    if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return true;
    if (errno != EWOULDBLOCK) fail("flock, without waiting");
    return false;
  }
  bool take_both() {
    if (!try_lock(left_)) return false;
    if (try_lock(right_)) return true;
    unlock(left_);
    return false;
  }

  Descriptor left_;
  Descriptor right_;
  unsigned seed_;
};

void dine(Seat& seat, Table& table, int number) {
  while (now_us() < table.end) {
    const double hungry = now_us();
    seat.take();
    const double waited = now_us() - hungry;
    if (waited > table.longest_wait[number]) table.longest_wait[number] = waited;
    ::usleep(meal_us);
    seat.put_back();
    ++table.meals[number];
  }
}

struct Dinner {
  double meals_per_second = 0;
  double longest_wait_ms = 0;
};

template <class Way>
Dinner have_dinner(const Mount& mount, int philosophers) {
  const Shared<Table> table;
  {
    Team team(philosophers, [&](int number) {
      Way seat(mount, number, (number + 1) % philosophers);
      dine(seat, *table, number);
    });
    table->end = now_us() + dinner_us;
    team.go();
    team.wait_for_all();
  }
  Dinner dinner;
  for (int i = 0; i < philosophers; ++i) {
    dinner.meals_per_second += table->meals[i] / (dinner_us / 1e6);
    dinner.longest_wait_ms = std::max(dinner.longest_wait_ms, table->longest_wait[i] / 1e3);
  }
  return dinner;
}

// A series of meals and one of waits for each way.
class Ways {
 public:
  Ways(const Mount& mount, int philosophers) : mount_(mount), philosophers_(philosophers) {}

  template <class Way>
  Subject add(const std::string& name) {
    const std::size_t number = waits_.size();
    waits_.push_back({name, {}});
    return {name, [this, number] {
              const Dinner dinner = have_dinner<Way>(mount_, philosophers_);
              waits_[number].values.push_back(dinner.longest_wait_ms);
              return dinner.meals_per_second;
            }};
  }
  const std::vector<Series>& waits() const { return waits_; }

 private:
  const Mount& mount_;
  int philosophers_;
  std::vector<Series> waits_;
};

}  // namespace

Figures measure_philosophers(const std::string& folder) {
  std::string config;
  for (int i = 0; i < most; ++i) config += "[" + fork_name(i) + "]\n";
  const Mount lockfs = Mount::lockfs(folder, config);
  Figures figures;
  for (const int philosophers : {5, 50, most}) {
    Ways ways(lockfs, philosophers);
    const auto meals = measure_in_turns(
        {ways.add<Together>("set"), ways.add<Trying>("flock -n"), ways.add<InOrder>("in order")},
        7);
    const auto& waits = ways.waits();
    for (std::size_t other = 1; other < meals.size(); ++other) {
      figures.push_back(compare(fmt::format("{} philosophers: meals", philosophers), "/s", meals[0],
                                meals[other]));
      figures.push_back(compare(fmt::format("{} philosophers: longest wait", philosophers), "ms",
                                waits[0], waits[other]));
    }
  }
  return figures;
}

}  // namespace lockfs::bench

#include "tests/unit/simulation/crash_simulation.h"

namespace lockfs::sim {

Simulation::Simulation(std::uint64_t seed, bool kernel_resends)
    : random_(static_cast<std::mt19937::result_type>(seed)),
      kernel_(random_, kernel_resends),
      clients_(kernel_, random_, seed / 2 % 2 == 0),
      around_{kernel_, steps_, clock_, {}, {}, {}, {}, {}, {}} {
  kernel_.finished = [this](const Request& request, const Answer& answer) {
    if (worker_) clients_.finished(worker_->engine(), request, answer);
  };
  around_.between_resend_and_read = [this] {
    while (one_in(4)) clients_.act(true);
  };
  around_.before_reply = [this](RequestId id) {
    // Only who was sent again can go before the answer.
    if (kernel_.resends() && one_in(50)) clients_.vanish(id);
  };
  around_.appended = [this](const Event& event, std::span<const Answer> answers) {
    order_.appended(worker_->engine(), event, answers);
    clients_.appended(worker_->engine(), event);
  };
  around_.lineage = [this](pid_t thread) { return clients_.lineage(thread); };
  around_.hook_fails = [this] { return one_in(8); };
  around_.lives = [this](pid_t thread) { return clients_.lives(thread); };
  worker_ = std::make_unique<Worker>(memory_, around_, policy(0));
}

void Simulation::arm() {
  if (random_crashes_) steps_.crash_at(steps_.passed() + random_() % 100);
}

// A new worker on what the last one left. It may die while it takes over.
void Simulation::start() {
  worker_.reset();
  while (one_in(3)) clients_.act(true);
  worker_ = std::make_unique<Worker>(memory_, around_);
  worker_->resume();
}

// Does something with a worker that may die of it, and then starts others until one lives.
void Simulation::work(const std::function<void()>& todo) {
  try {
    todo();
    return check();
  } catch (const Crash&) {
  }
  for (;;) {
    arm();
    try {
      start();
      return check();
    } catch (const Crash&) {
    }
  }
}

void Simulation::check() {
  const Engine& engine = worker_->engine();
  clients_.check_holds(engine);
  if (!kernel_.anything_to_read()) clients_.check_quiet(engine);
  if (one_in(8)) engine.check();
}

void Simulation::act() {
  if (one_in(2)) return clients_.act(false);
  if (random_crashes_ && one_in(40)) return work([this] { start(); });  // an upgrade
  if (one_in(12)) return work([this] { worker_->tell_lineages(); });
  if (one_in(12)) return work([this] { worker_->end_hooks(); });
  work([this] { worker_->handle_next(); });
}

void Simulation::run(int actions) {
  arm();
  for (int i = 0; i < actions; ++i) act();
  if (one_in(4)) work([this] { worker_->stop(); });
  steps_.crash_at(std::nullopt);
  random_crashes_ = false;
  finish();
}

void Simulation::drain() {
  while (kernel_.anything_to_read() || worker_->engine().cleaning() > 0) {
    if (kernel_.anything_to_read()) work([this] { worker_->handle_next(); });
    work([this] { worker_->end_hooks(); });
  }
}

// Everybody leaves who can; who is blocked for good (by another who is) is killed.
void Simulation::finish() {
  for (drain(); !clients_.empty(); drain()) {
    if (!clients_.leave()) clients_.kill_one(false);
  }
  const Engine& engine = worker_->engine();
  require(engine.opens() == 0 && engine.holds() == 0 && engine.waiters() == 0,
          "nothing is left when everybody has left");
}

void Simulation::run_with_random_crashes(int actions) {
  random_crashes_ = true;
  run(actions);
}

void Simulation::run_with_crash_at(int actions, std::uint64_t step) {
  steps_.crash_at(steps_.passed() + step);
  run(actions);
}

}  // namespace lockfs::sim

#include "tests/unit/engine/lockerd_model.h"

#include <algorithm>

namespace lockfs::model {

std::string Lockerd::owner(const std::string& lock) const {
  const auto found = owners_.find(lock);
  return found == owners_.end() ? "" : found->second.user;
}

bool Lockerd::holds(const Request& request, std::string& lock) const {
  for (const auto& name : request.locks) {
    if (owner(name) != request.user) continue;
    lock = name;
    return true;
  }
  return false;
}

std::string Lockerd::block(const Request& request) const {
  std::string mine;
  if (holds(request, mine)) {
    return "owner " + request.user + "\nlocked 1\nlockname " + mine + "\n\n\n";
  }
  return "owner " + owner(request.locks.front()) + "\nlocked 0\n\n\n";
}

void Lockerd::expire() {
  std::erase_if(owners_, [&](const auto& entry) {
    return entry.second.until != 0 && entry.second.until <= now_;
  });
}

// First come, first served, by place; each takes the first free one of its names that nobody before
// it wants.
void Lockerd::serve() {
  for (std::size_t i = 0; i < waiters_.size();) {
    const Waiter waiter = waiters_[i];
    const auto& names = waiter.request.locks;
    const auto free = std::find_if(names.begin(), names.end(), [&](const std::string& name) {
      const bool wanted = std::any_of(
          waiters_.begin(), waiters_.begin() + static_cast<long>(i), [&](const Waiter& earlier) {
            const auto& other = earlier.request.locks;
            return std::find(other.begin(), other.end(), name) != other.end();
          });
      return owners_.count(name) == 0 && !wanted;
    });
    if (free == names.end()) {
      ++i;
      continue;
    }
    owners_[*free] = {waiter.request.user,
                      waiter.request.limit == 0 ? 0 : now_ + waiter.request.limit};
    Request got = waiter.request;
    got.locks = {*free};
    say(waiter.connection, "print_obtained\n" + block(got));
    waiters_.erase(waiters_.begin() + static_cast<long>(i));
  }
}

Lockerd::Said Lockerd::lock(int now, int connection, const Request& request) {
  now_ = now;
  said_.clear();
  expire();
  serve();
  if (std::string mine; holds(request, mine)) {
    owners_[mine].until = request.limit == 0 ? 0 : now + request.limit;
    Request got = request;
    got.locks = {mine};
    say(connection, block(got));
    return said_;
  }
  int place = ++last_place_;
  const auto same = [&](const Waiter& waiter) {
    return waiter.request.user == request.user &&
           std::find_first_of(waiter.request.locks.begin(), waiter.request.locks.end(),
                              request.locks.begin(),
                              request.locks.end()) != waiter.request.locks.end();
  };
  if (request.block) {
    for (const auto& waiter : waiters_) {
      if (!same(waiter)) continue;
      place = std::min(place, waiter.place);
      say(waiter.connection, "error replaced\n\n\n");
    }
    std::erase_if(waiters_, same);
  }
  const auto at = std::find_if(waiters_.begin(), waiters_.end(),
                               [&](const Waiter& waiter) { return waiter.place > place; });
  waiters_.insert(at, {place, connection, request});
  // Told that it waits only if it is not served at once.
  serve();
  if (waits(connection)) {
    if (request.block) {
      say(connection, "print_waiting " + owner(request.locks.front()) + "\n");
    } else {
      std::erase_if(waiters_, [&](const Waiter& w) { return w.connection == connection; });
      say(connection, block(request));
    }
    serve();
  } else {
    std::string& text = said_[connection];
    const auto obtained = text.find("print_obtained\n");
    if (obtained != std::string::npos) text.erase(obtained, 15);
  }
  return said_;
}

Lockerd::Said Lockerd::unlock(int now, int connection, const Request& request) {
  now_ = now;
  said_.clear();
  expire();
  serve();
  for (const auto& name : request.locks) {
    if (owner(name) == request.user) owners_.erase(name);
  }
  serve();
  say(connection, block(request));
  return said_;
}

Lockerd::Said Lockerd::hang_up(int now, int connection) {
  now_ = now;
  said_.clear();
  expire();
  std::erase_if(waiters_, [&](const Waiter& w) { return w.connection == connection; });
  serve();
  said_.erase(connection);
  return said_;
}

Lockerd::Said Lockerd::tick(int now) {
  now_ = now;
  said_.clear();
  expire();
  serve();
  return said_;
}

bool Lockerd::waits(int connection) const {
  return std::any_of(waiters_.begin(), waiters_.end(),
                     [&](const Waiter& w) { return w.connection == connection; });
}

}  // namespace lockfs::model

#include "fs/socket_door.h"

#include <spdlog/spdlog.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "core/lockerd.h"
#include "fs/fault.h"
#include "fs/kept_sockets.h"
#include "fs/listener.h"

namespace lockfs {
namespace {

constexpr int max_accepted_at_once = 32;

// After there were no descriptors left.
constexpr auto rest = std::chrono::milliseconds(100);

// Without waiting: the first bytes of a fresh connection always fit.
void turn_away(const Descriptor& socket, std::string_view word) {
  const std::string words = lockerd::error(word);
  ::send(socket.get(), words.data(), words.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  part_from(socket.get());
}

std::vector<std::string> addresses(const Doors& doors) {
  auto all = doors.lockerd;
  if (!doors.mutexdaemon.empty()) all.push_back(doors.mutexdaemon);
  return all;
}

bool contains(const std::vector<std::string>& texts, const std::string& text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

}  // namespace

std::vector<Descriptor> open_doors(const Doors& doors, std::vector<std::string>& errors) {
  std::vector<Descriptor> listeners;
  for (const auto& address : addresses(doors)) {
    std::string error;
    Descriptor listener = open_listener(address, error);
    if (listener) {
      listeners.push_back(std::move(listener));
    } else {
      errors.push_back(std::move(error));
    }
  }
  return listeners;
}

SocketDoor::SocketDoor(Loop& loop, Service& service, const Descriptor& keeper)
    : loop_(loop),
      service_(service),
      keeping_(loop, keeper),
      connections_(loop, service, keeping_),
      networks_({}),
      rested_(loop, [this] { pause(false); }) {
  keeping_.on_idle = [this] {
    for (auto& [socket, protocol] : std::exchange(not_kept_, {})) {
      connections_.accept(std::move(socket), protocol);
    }
    pause(false);
  };
  service_.on_connections = [this](const auto& ids) { connections_.serve(ids); };
}

void SocketDoor::resume(std::vector<Descriptor> sockets) {
  for (auto& socket : sockets) {
    const auto listening = SocketAddress::of_listener(socket.get());
    if (listening) {
      const std::string address = listening->text();
      start({std::move(socket), address, protocol_at(address)});
    } else {
      connections_.adopt(std::move(socket));
    }
  }
  connections_.resume([this](int socket) {
    const auto address = SocketAddress::of_socket(socket);
    return protocol_at(address ? address->text() : std::string());
  });
  after_reload();
}

std::vector<std::string> SocketDoor::prepare(const Doors& doors) {
  std::vector<std::string> errors;
  discard_prepared();
  for (const auto& address : addresses(doors)) {
    std::string error;
    if (is_open(address) || prepared_.contains(address)) continue;
    if (Descriptor fd = open_listener(address, error)) {
      prepared_[address] = std::move(fd);
    } else if (!makes_room(doors, address)) {
      errors.push_back(std::move(error));
    }
  }
  if (!errors.empty()) discard_prepared();
  return errors;
}

void SocketDoor::discard_prepared() {
  for (const auto& [address, fd] : prepared_) {
    if (address.starts_with('/')) ::unlink(address.c_str());
  }
  prepared_.clear();
}

bool SocketDoor::is_open(const std::string& address) const {
  return std::any_of(listeners_.begin(), listeners_.end(),
                     [&](const auto& entry) { return entry.second.address == address; });
}

// Whether one that is to be closed may stand in this one's way: it has the same port.
bool SocketDoor::makes_room(const Doors& doors, const std::string& address) const {
  const auto wanted = addresses(doors);
  const std::string port = address.substr(std::min(address.rfind(':'), address.size()));
  return std::any_of(listeners_.begin(), listeners_.end(), [&](const auto& entry) {
    const std::string& other = entry.second.address;
    return !port.empty() && other.ends_with(port) && !contains(wanted, other);
  });
}

// As the engine has it: what changed is opened and closed. Connections stay.
void SocketDoor::after_reload() {
  doors_ = service_.engine().doors();
  networks_ = Networks(doors_.allow);
  close_unwanted();
  open_missing();
}

Protocol SocketDoor::protocol_at(const std::string& address) const {
  const bool mutexdaemon = address == service_.engine().doors().mutexdaemon;
  return mutexdaemon ? Protocol::mutexdaemon : Protocol::lockerd;
}

void SocketDoor::close_unwanted() {
  const auto wanted = addresses(doors_);
  for (auto next = listeners_.begin(); next != listeners_.end();) {
    const auto listener = next++;
    const std::string address = listener->second.address;
    if (contains(wanted, address)) continue;
    spdlog::info("listening at {} no more", address);
    loop_.forget(listener->first);
    if (address.starts_with('/')) ::unlink(address.c_str());
    ::shutdown(listener->first, SHUT_RDWR);  // the keeper has it too
    keeping_.drop(socket_id(listener->first));
    listeners_.erase(listener);
  }
}

void SocketDoor::open_missing() {
  for (const auto& address : addresses(doors_)) {
    if (!is_open(address)) listen_at(address, protocol_at(address));
  }
}

void SocketDoor::listen_at(const std::string& address, Protocol protocol) {
  std::string error;
  const auto prepared = prepared_.extract(address);
  Descriptor fd = prepared ? std::move(prepared.mapped()) : open_listener(address, error);
  if (!fd) return spdlog::error("{}", error);
  keeping_.keep({fd.get()});
  start({std::move(fd), address, protocol});
}

void SocketDoor::start(Listener listener) {
  const int fd = listener.fd.get();
  spdlog::info("listening at {}", listener.address);
  listeners_[fd] = std::move(listener);
  loop_.watch(fd, EPOLLIN, [this, fd](std::uint32_t) { accept_some(fd); });
}

void SocketDoor::accept_some(int listener) {
  const auto found = listeners_.find(listener);
  if (found == listeners_.end() || paused_) return;
  std::vector<Descriptor> sockets;
  bool exhausted = false;
  for (int i = 0; i < max_accepted_at_once; ++i) {
    Descriptor socket = accept_one(listener, exhausted);
    if (!socket) break;
    const auto peer = SocketAddress::of_peer(socket.get());
    if (peer && !networks_.admit(*peer)) {
      turn_away(socket, "permission");
    } else if (connections_.full()) {
      turn_away(socket, "too_many_connections");
    } else {
      sockets.push_back(std::move(socket));
    }
  }
  if (exhausted) {
    pause(true);
    rested_.start(rest);
  }
  if (!sockets.empty()) admit(std::move(sockets), found->second.protocol);
}

// Nothing is read from a connection before the keeper has it too.
void SocketDoor::admit(std::vector<Descriptor> sockets, Protocol protocol) {
  std::vector<int> fds;
  fds.reserve(sockets.size());
  for (const auto& socket : sockets) fds.push_back(socket.get());
  fault_point("socket_accepted");
  keeping_.keep(fds);
  fault_point("socket_kept");
  if (!keeping_.idle()) pause(true);
  for (auto& socket : sockets) {
    if (keeping_.idle()) {
      connections_.accept(std::move(socket), protocol);
    } else {
      not_kept_.emplace_back(std::move(socket), protocol);
    }
  }
}

void SocketDoor::pause(bool paused) {
  if (paused_ == paused) return;
  paused_ = paused;
  for (const auto& [fd, listener] : listeners_) loop_.change(fd, paused ? 0U : EPOLLIN);
}

void SocketDoor::keep_anew() {
  auto all = connections_.descriptors();
  for (const auto& [fd, listener] : listeners_) all.push_back(fd);
  for (const auto& [socket, protocol] : not_kept_) all.push_back(socket.get());
  keeping_.start_anew(all);
}

void SocketDoor::leave() {
  if (!service_.engine().stopping()) service_.post(event::Stop{});
  connections_.write_all();
  for (const auto& [fd, listener] : listeners_) {
    if (listener.address.starts_with('/')) ::unlink(listener.address.c_str());
  }
}

}  // namespace lockfs

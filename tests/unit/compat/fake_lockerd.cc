#include "tests/unit/compat/fake_lockerd.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>

namespace lockfs::compat {
namespace {

class NoSignals {
 public:
  NoSignals() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~NoSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  NoSignals(const NoSignals&) = delete;
  NoSignals& operator=(const NoSignals&) = delete;

 private:
  sigset_t before_{};
};

sockaddr_in any_port_here() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace

void FakeLockerd::Peer::say(const std::string& text) const {
  ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
}

void FakeLockerd::Peer::wait_for_end() const {
  char byte = 0;
  while (::recv(fd_, &byte, 1, 0) > 0) continue;
}

FakeLockerd::FakeLockerd(Script script)
    : script_(std::move(script)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const sockaddr_in address = any_port_here();
  if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_.get(), 100) != 0) {
    std::abort();
  }
  const NoSignals blocked;
  acceptor_ = std::thread([this] { accept_all(); });
}

FakeLockerd::~FakeLockerd() {
  ::shutdown(listener_.get(), SHUT_RDWR);
  acceptor_.join();  // after which no thread is added
  for (auto& thread : threads_) thread.join();
}

std::string FakeLockerd::port() const {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return std::to_string(ntohs(address.sin_port));
}

std::vector<std::string> FakeLockerd::requests() const {
  const std::lock_guard<std::mutex> guard(mutex_);
  return requests_;
}

int FakeLockerd::count(const std::string& command) const {
  const auto all = requests();
  return static_cast<int>(std::count_if(all.begin(), all.end(), [&](const std::string& request) {
    return request.find("\n" + command + "\n\nEOF\n") != std::string::npos;
  }));
}

void FakeLockerd::accept_all() {
  for (;;) {
    Descriptor connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection) return;
    threads_.emplace_back(
        [this, taken = std::move(connection)]() mutable { serve(std::move(taken)); });
  }
}

void FakeLockerd::serve(Descriptor connection) {
  std::string request;
  char byte = 0;
  while (request.find("\nEOF\n\n") == std::string::npos &&
         ::recv(connection.get(), &byte, 1, 0) == 1) {
    request += byte;
  }
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    requests_.push_back(request);
  }
  script_(request, Peer(connection.get()));
}

}  // namespace lockfs::compat

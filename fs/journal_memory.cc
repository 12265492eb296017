#include "fs/journal_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <thread>
#include <utility>

#include "fs/raw_request.h"

namespace lockfs {
namespace {

constexpr char magic[8] = {'l', 'o', 'c', 'k', 'f', 's', 'J', '1'};
constexpr std::size_t header_size = 4096;
static_assert(sizeof(JournalMemory::Header) <= header_size);
constexpr std::size_t area_size = std::size_t{1} << 30U;
constexpr std::size_t areas_at = header_size + max_raw_request;
constexpr std::size_t total_size = areas_at + 2 * area_size;
constexpr std::size_t event_room_size = std::size_t{4} << 20U;
constexpr std::size_t socket_room_size = std::size_t{64} << 10U;
constexpr std::size_t record_room_size = area_size - event_room_size - socket_room_size;

[[noreturn]] void fail_to(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

std::size_t area_at(std::uint64_t generation) { return areas_at + (generation & 1U) * area_size; }

}  // namespace

JournalMemory::JournalMemory(int fd) : fd_(fd) {
  void* memory =
      ::mmap(nullptr, total_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
  if (memory == MAP_FAILED) fail_to("cannot map the journal");
  at_ = static_cast<std::byte*>(memory);
}

JournalMemory::JournalMemory(JournalMemory&& other) noexcept
    : own_(std::move(other.own_)), fd_(other.fd_), at_(std::exchange(other.at_, nullptr)) {}

JournalMemory::~JournalMemory() {
  if (at_ != nullptr) ::munmap(at_, total_size);
}

JournalMemory JournalMemory::create() {
  Descriptor fd(::memfd_create("lockfs-journal", MFD_CLOEXEC));
  if (!fd || ::ftruncate(fd.get(), static_cast<off_t>(total_size)) != 0) {
    fail_to("cannot make the journal");
  }
  JournalMemory memory(fd.get());
  memory.own_ = std::move(fd);
  std::memcpy(memory.header().magic, magic, sizeof magic);
  return memory;
}

std::optional<JournalMemory> JournalMemory::open(int fd, std::string& error) {
  struct stat st {};
  if (::fstat(fd, &st) != 0 || st.st_size != static_cast<off_t>(total_size)) {
    error = "the journal has not the size of one";
    return std::nullopt;
  }
  JournalMemory memory(fd);
  if (std::memcmp(memory.header().magic, magic, sizeof magic) == 0) return memory;
  error = "the journal is none of lockfs's";
  return std::nullopt;
}

bool JournalMemory::own(std::chrono::milliseconds limit) const {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  while (::fcntl(fd_, F_SETLK, &lock) != 0) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

std::uint64_t JournalMemory::generation_in_force() const {
  return std::atomic_ref(header().generation).load(std::memory_order_acquire);
}

void JournalMemory::put_in_force(std::uint64_t generation) {
  std::atomic_ref(header().generation).store(generation, std::memory_order_release);
}

std::span<std::byte> JournalMemory::area(std::uint64_t generation) const {
  return {at_ + area_at(generation), record_room_size};
}

void JournalMemory::empty(std::uint64_t generation) {
  ::fallocate(fd_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
              static_cast<off_t>(area_at(generation) + kept_memory),
              static_cast<off_t>(record_room_size - kept_memory));
}

std::span<std::byte> JournalMemory::request_room() const {
  return {at_ + header_size, max_raw_request};
}

std::span<std::byte> JournalMemory::event_room() const {
  return {at_ + total_size - event_room_size, event_room_size};
}

std::span<std::byte> JournalMemory::socket_room() const {
  return {at_ + total_size - event_room_size - socket_room_size, socket_room_size};
}

}  // namespace lockfs

// Requests as the kernel makes them, for tests of what is read off them.
#pragma once

#include <cstring>
#include <string>

#include "fs/raw_request.h"

namespace lockfs {

// What each of them says of itself: it was sent again, of this node, by this thread.
inline constexpr std::uint64_t sent_number = (std::uint64_t{1} << 63U) | 42U;
inline constexpr NodeId sent_node{64};
inline constexpr pid_t sent_by = 7;

template <class Body>
std::string bytes_of(const Body& body) {
  return {reinterpret_cast<const char*>(&body), sizeof body};
}

inline RawRequest raw_request_of(std::uint32_t operation, const std::string& body) {
  fuse_in_header header{};
  header.len = static_cast<std::uint32_t>(sizeof header + body.size());
  header.opcode = operation;
  header.unique = sent_number;
  header.nodeid = static_cast<std::uint64_t>(sent_node);
  header.pid = static_cast<std::uint32_t>(sent_by);
  RawRequest bytes(header.len);
  std::memcpy(bytes.data(), &header, sizeof header);
  std::memcpy(bytes.data() + sizeof header, body.data(), body.size());
  return bytes;
}

}  // namespace lockfs

// pidstatd's datagrams: does a process exist on another host? Pure; any thread.
//
//   question   PIDR PID [HOST [MASK]]   with or without LF; HOST is what the answer echoes; MASK is
//                                       which answers are wanted: 1 it exists, 2 it does not,
//                                       4 unknown; absent or 0 means 3
//   answer     EXIS PID 1 HOST, EXIS PID 0 HOST or UNKN PID na HOST
// Both sides are hostile until parsed. UDP proves nothing about who sent an answer: believe one
// only if it came from the address that was asked and answers() says that this was the question.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lockfs {

inline constexpr std::size_t max_pidstat_datagram = 512;
inline constexpr std::size_t max_pidstat_host = 255;  // as long as a host's name can be
inline constexpr std::uint16_t default_pidstatd_port = 1752;

// Each the bit of MASK that asks for it.
enum class PidState : std::uint8_t { exists = 1, absent = 2, unknown = 4 };

struct PidQuestion {
  pid_t pid = 0;
  std::string host;        // a word; empty: let the server give its own name
  std::uint32_t mask = 0;  // 0: exists and absent
  friend bool operator==(const PidQuestion&, const PidQuestion&) = default;

  bool wants(PidState state) const;
};

struct PidAnswer {
  pid_t pid = 0;
  PidState state = PidState::unknown;
  std::string host;
  friend bool operator==(const PidAnswer&, const PidAnswer&) = default;
};

// With its LF. The question's host must be a word, or empty with no mask.
std::string render(const PidQuestion& question);
std::string render(const PidAnswer& answer);

// Nothing if the datagram is not such a one.
std::optional<PidQuestion> parse_pid_question(std::string_view datagram);
std::optional<PidAnswer> parse_pid_answer(std::string_view datagram);

// Whether that is an answer to this question and to no other.
bool answers(const PidAnswer& answer, const PidQuestion& question);

// Whether it can stand as HOST: printable ASCII without blanks, not too long.
bool is_pidstat_host(std::string_view host);

}  // namespace lockfs

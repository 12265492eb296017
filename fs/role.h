// Keeper and worker: the two processes that a mount lives in, and what one hands the other over
// exec.
//
// The keeper holds descriptors and restarts the worker; the worker does the work, holds them too
// and restarts the keeper. Each runs the same program with the same arguments; an environment
// variable tells which it is. Between them is a socket of packets: the first byte of one is the
// message, what follows are words for people; its end is the other's death. Processes of different
// versions talk there: messages are only added, and words may be missing.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fs/descriptor.h"

namespace lockfs {

enum class Role : char {
  keeper = 'k',
  worker = 'w',
  survivor = 'c',   // a worker after one that crashed of itself: it looks for what killed it
  successor = 's',  // a worker that replays while the old one goes on, and waits for its turn
};

// What both hold, whoever dies.
struct Holdings {
  Descriptor fuse;                  // /dev/fuse, mounted
  Descriptor journal;               // the memfd
  Descriptor peer;                  // the socket to the other
  std::vector<Descriptor> sockets;  // of the socket doors; not over exec
};

enum class Message : char {
  // From the worker to the keeper.
  leaving = 'L',     // done, do not start me again
  replace = 'X',     // start the program on disk as my successor
  ready = 'R',       // successor: I could take over
  failed = 'F',      // successor: I cannot, for this reason
  superseded = 'Z',  // another worker serves the mount, and has a keeper or starts one
  taken = 'K',  // what this one (the first word: its letter) asked for is done, or in the journal
  drop = 'D',   // these sockets (their ids) need no keeping any more
  // From the keeper to the worker.
  terminate = 'T',  // signals that came to the keeper; `passed_again`: a worker had it that died
  interrupt = 'I',
  reload = 'H',
  upgrade = 'U',
  yield = 'Y',  // your successor is ready: end now, leaving everything as it is
  stay = 'S',   // it did not come up, for this reason: go on
  take_over = 'O',
  kept_all = 'E',  // no more sockets follow
  // Both ways.
  keep = 'P',  // the sockets that come with it: hold them too (kept_sockets.h)
};

inline constexpr std::string_view passed_again = "again";

struct InheritedRole {
  Role role = Role::worker;
  Holdings holdings;
  std::string program;
};

// What this process was started as; nothing: by a user.
std::optional<InheritedRole> inherited_role();

struct Spawned {
  pid_t pid = -1;   // -1: it could not be started
  Descriptor peer;  // our end of the socket to it
};

// How the program that is running can be executed again, also if its file was replaced meanwhile.
inline constexpr const char* this_program = "/proc/self/exe";
// The file this process was executed from.
std::string program_file();

// What a process of the two needs to start another.
struct Program {
  std::string file;  // what an upgrade executes
  char* const* arguments = nullptr;
};

// Starts `executable` in that role.
Spawned spawn(Role role, const Holdings& holdings, const Program& program, const char* executable);
// A peer that has ended, for a keeper that is to start its worker.
Descriptor dead_peer();
// What that process is executing, for become_keeper(): also if its file is replaced, or it ends.
Descriptor executable_of(pid_t process);
// Becomes the keeper anew, by that executable. Returns only if that fails.
void become_keeper(const Holdings& holdings, const Program& program, const Descriptor& executable);

// False if the other has no room for it now.
bool send(const Descriptor& peer, Message message, std::string_view words = {});

// Descriptors go with Message::keep, at most so many at once.
inline constexpr std::size_t max_packet_sockets = 200;
enum class Sending { done, not_now, never };
Sending send_sockets(const Descriptor& peer, std::span<const int> sockets);

struct Packet {
  Message message = Message::keep;
  std::string words;
  std::vector<Descriptor> sockets;
};
std::optional<Packet> receive_packet(const Descriptor& peer, bool& ended);

// The same for messages that bring no descriptors.
// The next message without waiting; nothing: none yet; `ended`: the other is gone.
std::optional<Message> receive(const Descriptor& peer, bool& ended);
std::optional<Message> receive(const Descriptor& peer, bool& ended, std::string& words);

}  // namespace lockfs

// Plays a transcript: commands to the engine in blocks, each with what is expected below `----`.
//
//     start                       the configuration, in its own format, on the lines below
//     reload                      the same, for a reload
//     open HANDLE USER NAME       also `create`, as open(2) with O_CREAT
//     lock HANDLE ex|sh [nowait] [thread N] [process N [bytes FIRST LAST]] [by N]
//                                 `process`: an fcntl lock of that process instead of a flock
//                                 `by`: a flock that this process asks for
//     unlock HANDLE [thread N] [process N [bytes FIRST LAST]]
//     probe HANDLE ex|sh [process N]  F_GETLK: who is in the way?
//     descends HANDLE [HANDLE ...]  whoever waits with the first was started by whoever opened the
//                                 second, who was started by the third's opener, and so on
//     cancel HANDLE [thread N]    a signal breaks the wait
//     close HANDLE
//     rm USER NAME
//     ctl USER LINE               a line for .ctl, but for reload, upgrade and loglevel
//     stop
//     undelivered HANDLE [thread N]  the answer to its latest request reached nobody
//     again HANDLE [thread N]     the request comes again to a successor: the answer kept for it
//     reconnect HANDLE ...        a successor takes over; the waits of these came again
//     connect NAME [USER [boards]]  to lockerd's door: through the Unix socket as this user, or
//                                 from another host; `boards`: to mutexdaemon's
//     say NAME LINE | LINE ...    lines of lockerd's protocol
//     hang_up NAME
//     died HOST PID               that process is dead
//     later SECONDS
//     show                        the status table; SINCE in minutes and seconds
//
// Answers are sent at once, but for those of a line that ends in `unsent`. Every event takes a
// second. Users: root, and alice, bob and carol; alice and bob are in group lab. What comes of an
// event is written `HANDLE: outcome`, with `/N` for a thread other than the first; what is written
// to a connection is `NAME> line`, for each line. To lockerd's `timeout` a second is 1e-9.
#pragma once

#include <string>

namespace lockfs {

// The whole transcript again, with what really came out below each `----`.
std::string play_transcript(const std::string& text);

}  // namespace lockfs

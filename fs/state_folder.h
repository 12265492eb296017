// The state folder: on disk, what of a mount must outlive a reboot (state_text.h says what and
// how).
//
// A file is replaced by rename(2), its bytes on disk before, so there is always a whole one. One
// that is damaged all the same is set aside as NAME.damaged. Trouble with the disk is for the log:
// it never stops locking. Everything here may block: before the loop, or on the worker thread.
//
// The fencing token's mark. Tokens are reserved in blocks: the mark on disk is above every token
// given out, and a start goes on from the mark. Where no mark can be read or written, nobody knows
// what was given out; a start then goes on from the clock, the microseconds since 1970. No older
// token is above that: counting began at 0 or at such a moment, and neither grants nor starts (a
// start skips at most a block) come at a million tokens per second. It stays below 2^53 until 2255.
#pragma once

#include <string>
#include <vector>

#include "core/types.h"
#include "fs/state_text.h"

namespace lockfs {

inline constexpr Token token_block = 1'000'000;

// Where nothing is configured: $STATE_DIRECTORY, which a service manager sets; /var/lib/lockfs; for
// an ordinary user $XDG_STATE_HOME/lockfs, or
// ~/.local/state/lockfs.
std::string default_state_folder();

// The file of this mount in `folder`; of the default folder if that is empty.
std::string state_file(const std::string& folder, const std::string& mount_point);

struct Reserved {
  Token last_token = 0;                // as if given out: go on above it
  Token mark = 0;                      // on disk; 0: could not be written
  std::string trouble;                 // in sentences, if there was any
  std::vector<PlacedMark> marks = {};  // at a start: those on disk
};

// At a start: where to go on, with a block reserved.
Reserved start_tokens(const std::string& file, WallTime now);
// Later: makes the mark a block above `last`.
Reserved reserve_tokens(const std::string& file, Token last);
// Makes these the marks on disk; the trouble, if there was any. `last`: the last token given out,
// for a file that has to be begun anew.
std::string write_marks(const std::string& file, Token last, const std::vector<PlacedMark>& marks);

}  // namespace lockfs

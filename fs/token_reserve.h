// Keeps the fencing token's mark on disk (state_folder.h) ahead of the tokens given out.
//
// The next block is reserved, on the worker thread, when half of the one before is used up; the
// lock path only compares two numbers. Trouble is an error in the log, once for each kind, and
// tried again every minute. Only for whoever has the turn (loop.h).
#pragma once

#include <string>

#include "fs/loop.h"
#include "fs/state_folder.h"
#include "fs/worker.h"

namespace lockfs {

class TokenReserve {
 public:
  TokenReserve(Loop& loop, Worker& worker, std::string file);

  // This is the last token given out.
  void given(Token last) {
    last_ = last;
    if (last_ >= refill_at_) [[unlikely]]
      refill();
  }

 private:
  void refill();
  void refilled(const Reserved& reserved);

  Worker& worker_;
  std::string file_;
  Timer retry_;
  Token last_ = 0;
  Token refill_at_ = 0;  // the largest number while one is under way
  std::string trouble_;  // the latest that was logged
};

}  // namespace lockfs

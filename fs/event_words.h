// What the lines of events need from outside: moments in local time, users' names. May block (NSS):
// on the worker's or the history's thread only. Names are asked for once in its life.
#pragma once

#include <map>
#include <string>

#include "core/event_json.h"

namespace lockfs {

class LocalWords {
 public:
  EventWords words();

 private:
  std::map<uid_t, std::string> names_;
};

}  // namespace lockfs

// Times and users in events, as whoever checks the text wants them: the same everywhere.
#pragma once

#include <string>

#include "core/event_json.h"

namespace lockfs {

inline const EventWords plain_words{[](WallTime time) { return "t" + std::to_string(time); },
                                    [](uid_t uid) { return "user" + std::to_string(uid); }};

}  // namespace lockfs

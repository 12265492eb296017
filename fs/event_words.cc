#include "fs/event_words.h"

#include "fs/accounts.h"
#include "fs/clock.h"

namespace lockfs {

EventWords LocalWords::words() {
  return {to_rfc3339_us, [this](uid_t uid) {
            auto [name, is_new] = names_.try_emplace(uid);
            if (is_new) name->second = user_name(uid);
            return name->second;
          }};
}

}  // namespace lockfs

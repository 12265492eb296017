#include "tools/compat/signal_name.h"

#include "tools/signal_name.h"

namespace lockfs::compat {

std::optional<int> signal_number(std::string_view name) {
  if (!name.empty() && name.front() == '-') name.remove_prefix(1);
  return parse_signal(name);
}

}  // namespace lockfs::compat

#include "core/reason.h"

namespace lockfs {

std::string_view to_string(Reason reason) {
  switch (reason) {
    case Reason::none:
      return "none";
    case Reason::would_block:
      return "would_block";
    case Reason::interrupted:
      return "interrupted";
    case Reason::permission:
      return "permission";
    case Reason::not_allowed:
      return "not_allowed";
    case Reason::gone:
      return "gone";
    case Reason::unknown:
      return "unknown";
    case Reason::stale:
      return "stale";
    case Reason::invalid:
      return "invalid";
    case Reason::busy:
      return "busy";
    case Reason::too_many_opens:
      return "too_many_opens";
    case Reason::limit:
      return "limit";
    case Reason::deadlock:
      return "deadlock";
    case Reason::replaced:
      return "replaced";
    case Reason::shutting_down:
      return "shutting_down";
  }
  return "";
}

}  // namespace lockfs

#include "fs/errno_of.h"

#include <cerrno>

namespace lockfs {

int errno_of(Reason reason) {
  switch (reason) {
    case Reason::none:
      return 0;
    case Reason::would_block:
      return EWOULDBLOCK;
    case Reason::interrupted:
      return EINTR;
    case Reason::permission:
      return EACCES;
    case Reason::not_allowed:
      return EPERM;
    case Reason::gone:
      return ENODEV;
    case Reason::unknown:
      return ENOENT;
    case Reason::stale:
      return ESTALE;
    case Reason::invalid:
      return EINVAL;
    case Reason::busy:
      return EBUSY;
    case Reason::too_many_opens:
      return EMFILE;
    case Reason::limit:
      return ENOLCK;
    case Reason::deadlock:
      return EDEADLK;
    case Reason::shutting_down:
    case Reason::replaced:  // never a request of the kernel's
      return ECANCELED;
  }
  return EINVAL;
}

}  // namespace lockfs

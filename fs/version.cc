#include "fs/version.h"

namespace lockfs {

const char* version() { return LOCKFS_VERSION; }

}  // namespace lockfs

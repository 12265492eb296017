// Which lockfs this is.
#pragma once

namespace lockfs {

const char* version();

}  // namespace lockfs

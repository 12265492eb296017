// URI encoding, as uriexec takes it. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace lockfs::compat {

// "+" is a blank, %xx a byte; a "%" before anything else stays.
std::string uri_decode(std::string_view text);

// The same for a person, each level in braces with its number: a uriexec in the command is decoded
// too.
std::string uri_show(std::string_view text);

}  // namespace lockfs::compat

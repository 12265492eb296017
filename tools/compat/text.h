// Words and numbers of the older systems' command lines. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lockfs::compat {

std::string join(const std::vector<std::string>& words, std::string_view between = " ");

// The pieces between the separators; empty ones are left out.
std::vector<std::string> split(std::string_view text, char separator);

// A word that can stand on a line of a protocol: something, without blanks and control characters.
bool is_plain_word(std::string_view text);

}  // namespace lockfs::compat

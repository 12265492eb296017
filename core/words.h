// Letters and words of a line, whatever the locale. Pure.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace lockfs {

bool is_alnum(char byte);

// Without what it begins and ends with of these bytes.
std::string_view trimmed(std::string_view text, std::string_view blanks);

// The words of a line that came from a socket, split on white space as Perl and C do.
// At most `most` words; what follows them is left out. None if the line begins with white space.
std::vector<std::string_view> words_of(std::string_view line, std::size_t most);

// A process's id: a whole number from 1 on; 0 if it is none.
pid_t read_pid(std::string_view word);

}  // namespace lockfs

// Colours for the tables of a mount, where a person looks at them.
#pragma once

#include <string>

namespace lockfs {

// Whether stdout is a terminal and neither NO_COLOR nor TERM=dumb is in the environment.
bool wants_colours();

// A table with a header whose columns stand apart by two blanks at least: the header bold, the
// words of the column STATE by what they say.
std::string paint(const std::string& table);

}  // namespace lockfs

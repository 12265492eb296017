// What is wrong with a configuration: a place and a sentence, kept in bounds however bad the text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lockfs {

// Something wrong in the configuration, and on which line (1 is the first; 0: no line of its own).
struct Fault {
  int line = 0;
  std::string message;
  friend bool operator==(const Fault&, const Fault&) = default;
};

// "FILE:LINE: MESSAGE", the form compilers use.
std::string to_string(const Fault& fault, std::string_view file);

// `text` between quotation marks, safe for a terminal and a log: whatever is not printable ASCII is
// escaped as \xNN, and a long text is cut ("...").
std::string quote(std::string_view text);

// Orders faults by line; of more than 1,000 the last says how many are not shown.
void sort_and_limit(std::vector<Fault>& faults);

}  // namespace lockfs

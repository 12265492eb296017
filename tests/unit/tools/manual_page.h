// A page of the manual as its mdoc(7) lines, for tests that compare it with the programs.
#pragma once

#include <string>
#include <vector>

namespace lockfs::test {

using Lines = std::vector<std::string>;

// The page's lines between the line `from` and the line `to`, without these two.
Lines page_lines(const std::string& page, const std::string& from, const std::string& to);
// The same as one text.
std::string page_text(const std::string& page, const std::string& from, const std::string& to);

bool starts_with(const std::string& text, const std::string& start);

// An item of options as a help text has it: ".It Fl n , Fl -nonblock" as "-n,--nonblock",
// ".It Fl w Ar SECS" as "-w SECS", ".It Cm break Ar NAME Ns Oo @ Ns Ar UNIT Oc" as "break
// NAME[@UNIT]".
std::string plain_item(const std::string& item);

// The words alone, of a line of the page without its macros: what ".It Cm break Ar NAME Ns Op @
// Ar UNIT" and "break NAME[@UNIT]" have in common.
std::string words_of(const std::string& text);

// What a comparison of two sets says when it fails: what to do about each difference.
std::string differences(const std::string& where, const std::vector<std::string>& documented,
                        const std::vector<std::string>& real);

}  // namespace lockfs::test

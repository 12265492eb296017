// JSON as it is given to people and programs: in ASCII, so that what users wrote (notes, reasons,
// command lines) moves no cursor of a terminal; bytes that are no UTF-8 become U+FFFD. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace lockfs {

// Over several lines, or as one; with its LF.
std::string json_text(const nlohmann::ordered_json& json);
std::string json_line(const nlohmann::ordered_json& json);

}  // namespace lockfs

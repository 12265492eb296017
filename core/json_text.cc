#include "core/json_text.h"

#include <nlohmann/json.hpp>

namespace lockfs {
namespace {

std::string dump(const nlohmann::ordered_json& json, int indent) {
  return json.dump(indent, ' ', true, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string json_text(const nlohmann::ordered_json& json) { return dump(json, 2); }

std::string json_line(const nlohmann::ordered_json& json) { return dump(json, -1); }

}  // namespace lockfs

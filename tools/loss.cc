#include "tools/loss.h"

#include <fcntl.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "fs/descriptor.h"

namespace lockfs {
namespace {

using Json = nlohmann::json;

constexpr std::size_t max_events_bytes = std::size_t{64} << 20;  // far more than a mount keeps
constexpr off_t first_event = 1;

// All that there is now; what comes later is not waited for.
std::string read_events(const std::string& mount) {
  const Descriptor fd(
      ::open((mount + "/.events").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  std::string text;
  if (!fd || ::lseek(fd.get(), first_event, SEEK_SET) < 0) return text;
  std::string chunk(65536, '\0');
  while (text.size() < max_events_bytes) {
    const auto got = ::read(fd.get(), chunk.data(), chunk.size());
    if (got <= 0) break;
    text.append(chunk, 0, static_cast<std::size_t>(got));
  }
  return text;
}

std::string text_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

std::optional<Loss> read_loss(const std::string& line, std::uint64_t token) {
  const auto event = Json::parse(line, nullptr, false);
  if (!event.is_object() || text_of(event, "event") != "broken") return std::nullopt;
  const auto found = event.find("token");
  if (found == event.end() || *found != token) return std::nullopt;
  const auto by = event.find("by");
  return Loss{by != event.end() && by->is_object() ? text_of(*by, "user") : "",
              text_of(event, "words")};
}

}  // namespace

std::optional<Loss> find_loss(const std::string& mount, std::uint64_t token) {
  std::istringstream lines(read_events(mount));
  std::optional<Loss> loss;
  for (std::string line; std::getline(lines, line);) {
    if (line.find("\"broken\"") == std::string::npos) continue;
    if (auto read = read_loss(line, token)) loss = std::move(read);
  }
  return loss;
}

}  // namespace lockfs

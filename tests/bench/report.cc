#include "tests/bench/report.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <nlohmann/json.hpp>
#include <thread>

namespace lockfs::bench {
namespace {

std::string machine() {
  utsname name{};
  ::uname(&name);
  return fmt::format("{} {} {}, {} cores", name.sysname, name.release, name.machine,
                     std::thread::hardware_concurrency());
}

std::string expected(const Comparison& figure) {
  if (!figure.at_most) return "-";
  return fmt::format("<= {:.4g} {}", *figure.at_most, figure.met() ? "met" : "MISSED");
}

std::string line(const Comparison& figure) {
  const auto value = [&](const Summary& summary) {
    return fmt::format("{:.4g} {}", summary.median, figure.unit);
  };
  const bool alone = figure.reference.empty();
  return fmt::format("{:<34} {:<10} {:>12}  {:<10} {:>12} {:>7} {:>15}  {}\n", figure.figure,
                     figure.measured, value(figure.value), alone ? "-" : figure.reference,
                     alone ? "-" : value(figure.reference_value),
                     alone ? "-" : fmt::format("{:.3f}", figure.ratio.median),
                     alone ? fmt::format("{:.4g}-{:.4g}", figure.value.low, figure.value.high)
                           : fmt::format("{:.3f}-{:.3f}", figure.ratio.low, figure.ratio.high),
                     expected(figure));
}

nlohmann::ordered_json as_json(const Summary& summary) {
  return {{"median", summary.median}, {"low", summary.low}, {"high", summary.high}};
}

nlohmann::ordered_json as_json(const Comparison& figure) {
  nlohmann::ordered_json json = {{"figure", figure.figure},
                                 {"unit", figure.unit},
                                 {"measured", figure.measured},
                                 {"value", as_json(figure.value)}};
  if (!figure.reference.empty()) {
    json["reference"] = figure.reference;
    json["reference_value"] = as_json(figure.reference_value);
    json["ratio"] = as_json(figure.ratio);
  }
  if (figure.at_most) {
    json["at_most"] = *figure.at_most;
    json["met"] = figure.met();
  }
  return json;
}

}  // namespace

std::string to_table(const std::vector<Comparison>& figures) {
  std::string text =
      fmt::format("{}. Medians; SPREAD is the middle half of the rounds.\n\n", machine());
  text += fmt::format("{:<34} {:<10} {:>12}  {:<10} {:>12} {:>7} {:>15}  {}\n", "FIGURE",
                      "MEASURED", "VALUE", "AGAINST", "VALUE", "RATIO", "SPREAD", "EXPECTED");
  for (const auto& figure : figures) text += line(figure);
  return text;
}

std::string to_json(const std::vector<Comparison>& figures) {
  nlohmann::ordered_json json = {{"machine", machine()}};
  for (const auto& figure : figures) json["figures"].push_back(as_json(figure));
  return json.dump(2) + "\n";
}

}  // namespace lockfs::bench

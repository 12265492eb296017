// lockfs(7) has the control commands, their codes, the errnos and the JSON that the daemon has, and
// no others.
#include <gmock/gmock.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "core/command.h"
#include "core/json_view.h"
#include "core/reason.h"
#include "core/table_view.h"
#include "fs/errno_of.h"
#include "tests/unit/tools/manual_page.h"

namespace lockfs::test {
namespace {

using Json = nlohmann::json;
using Names = std::vector<std::string>;

TEST(FilesManual, HasTheControlCommands) {
  Names documented;
  for (const auto& line : page_lines("lockfs.7", ".Sh CONTROL", ".Sh SEE ALSO")) {
    if (starts_with(line, ".It Cm ")) documented.push_back(words_of(line));
  }
  Names real;
  for (const auto& form : control_forms()) {
    real.push_back(words_of(std::string(form.word) + " " + std::string(form.usage)));
  }
  EXPECT_EQ(differences("lockfs.7, CONTROL", documented, real), "");
}

TEST(FilesManual, HasTheCodesOfControlCommandsWithTheirErrnos) {
  Names documented;
  for (const auto& line : page_lines("lockfs.7", ".Sh CONTROL", ".Sh SEE ALSO")) {
    std::istringstream words(line);
    std::string it, code, ta, macro, error;
    words >> it >> code >> ta >> macro >> error;
    if (it == ".It" && ta == "Ta" && code != "Em") {
      documented.push_back(code + (macro == "Er" ? " " + error : ""));
    }
  }
  Names real;
  for (int i = 0; !to_string(Code(i)).empty(); ++i) {
    const int error = errno_of(to_reason(Code(i)));
    real.push_back(std::string(to_string(Code(i))) +
                   (error == 0 ? "" : " " + std::string(::strerrorname_np(error))));
  }
  EXPECT_EQ(differences("lockfs.7, the codes of CONTROL", documented, real), "");
}

TEST(FilesManual, HasTheErrnoOfEveryReason) {
  std::set<int> errors;
  for (int i = 1; i <= 255; ++i) errors.insert(errno_of(Reason(i)));
  errors.erase(ESTALE);  // for the kernel, which looks up again
  const std::string text = page_text("lockfs.7", ".Sh LOCKING", ".Sh STATUS");
  for (const int error : errors) {
    const std::string name = error == EWOULDBLOCK ? "EWOULDBLOCK" : ::strerrorname_np(error);
    EXPECT_THAT(text, testing::HasSubstr(name)) << "lockfs.7, LOCKING, does not say when";
  }
}

// --- JSON. A field that is shown only sometimes has to be given a value here.
LockView full_sample() {
  ClaimView claim;
  claim.user = "jack";
  claim.pid = 4711;
  claim.command = "make flash";
  LockView lock;
  lock.name = "s3esk";
  lock.units = {{"192.168.124.52", false, 3, {claim}, MarkView{{0, 4, "PSU dead"}, "jill"}}};
  lock.draining = MarkView{{0, 4, "moving"}, "jill"};
  lock.waiters = {claim};
  return lock;
}

using Fields = std::map<std::string, std::set<std::string>>;

// Objects without a name of their own are described where they stand.
void add_fields(Fields& fields, const std::string& object, const Json& json) {
  static const std::map<std::string, std::string> named = {
      {"locks", "LOCK"},    {"units", "UNIT"},    {"holders", "CLAIM"},
      {"waiters", "CLAIM"}, {"draining", "MARK"}, {"offline", "MARK"}};
  for (const auto& [key, value] : json.items()) {
    fields[object].insert(key);
    const auto name = named.find(key);
    const std::string inner = name == named.end() ? object : name->second;
    if (value.is_object()) add_fields(fields, inner, value);
    if (!value.is_array()) continue;
    for (const auto& each : value) {
      if (each.is_object()) add_fields(fields, inner, each);
    }
  }
}

Fields documented_fields() {
  Fields fields;
  std::string object;
  for (const auto& line : page_lines("lockfs.7", ".Sh JSON", ".Sh CONTROL")) {
    if (starts_with(line, ".It Em ")) {
      object = line.substr(7);
    } else if (starts_with(line, ".It ")) {
      fields[object].insert(line.substr(4));
    }
  }
  return fields;
}

TEST(FilesManual, HasTheFieldsOfJson) {
  Fields real;
  const auto time = [](WallTime) { return std::string("2026-11-21T10:04:02+01:00"); };
  add_fields(real, "LOCK", Json::parse(render_json(full_sample(), time)));
  const auto documented = documented_fields();
  for (const std::string object : {"LOCK", "UNIT", "CLAIM", "MARK"}) {
    ASSERT_TRUE(documented.contains(object))
        << "lockfs.7, JSON, has no \".It Em " << object << "\"";
    const auto& there = documented.at(object);
    EXPECT_EQ(differences("lockfs.7, JSON, " + object, Names(there.begin(), there.end()),
                          Names(real[object].begin(), real[object].end())),
              "");
  }
}

// --- The table.
TEST(FilesManual, HasTheColumnsOfTheStatus) {
  std::set<std::string> documented;
  for (const auto& line : page_lines("lockfs.7", ".Sh STATUS", ".Sh JSON")) {
    if (!starts_with(line, ".It ")) continue;
    std::istringstream names(line.substr(4));
    for (std::string name; names >> name;) {
      if (name != ",") documented.insert(name);
    }
  }
  std::istringstream header(render_table({}, {}));
  Names real;
  for (std::string column; header >> column;) real.push_back(column);
  EXPECT_EQ(differences("lockfs.7, STATUS", Names(documented.begin(), documented.end()), real), "");
}

}  // namespace
}  // namespace lockfs::test
